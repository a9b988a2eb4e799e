import { DatabaseSync } from "node:sqlite";
import { connectSql } from "../helpers/postgres.ts";
import { Ledger, type LedgerReport } from "./ledger.ts";

/** The secret of the webhooks. */
export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** A sink under test. */
export interface ChaosSink extends AsyncDisposable {
  /** Its kind, which is also the name of its slot. */
  readonly kind: string;
  /** The arguments of its programs, without the kind and the source. */
  readonly programs: readonly (readonly [kind: string, ...args: string[]])[];
  /** Whether a change may come more than once. */
  readonly repeats: boolean;
  /** What it has in the end. */
  report(): Promise<LedgerReport>;
}

/** Answers now and then that it has failed, also when it has not. */
export function webhookSink(): ChaosSink {
  const ledger = new Ledger();
  let requests = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const text = await request.text();
      requests++;
      if (requests % 17 === 0) return new Response("busy", { status: 503 });
      ledger.take(text);
      return new Response(null, { status: requests % 23 === 0 ? 500 : 204 });
    },
  );
  return {
    kind: "webhook",
    programs: [["webhook", `http://127.0.0.1:${server.addr.port}/`]],
    repeats: true,
    report: () => Promise.resolve(ledger.report()),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Files of JSON lines. */
export async function filesSink(): Promise<ChaosSink> {
  const folder = await Deno.makeTempDir({ prefix: "walbrook-chaos-" });
  return {
    kind: "files",
    programs: [["files", folder]],
    repeats: false,
    async report() {
      const ledger = new Ledger();
      const names: string[] = [];
      for await (const { name } of Deno.readDir(folder)) names.push(name);
      for (const name of names.toSorted()) {
        const text = await Deno.readTextFile(`${folder}/${name}`);
        for (const line of text.split("\n")) {
          if (/^\{"kind":"(insert|update|delete)"/.test(line)) {
            ledger.take(line);
          }
        }
      }
      return ledger.report();
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

// A copy counts what is done to it.
function copyReport(rows: string[], applied: number): LedgerReport {
  return { changes: applied, repeated: 0, faults: [], rows };
}

/** A copy in SQLite. */
export async function sqliteSink(): Promise<ChaosSink> {
  const folder = await Deno.makeTempDir({ prefix: "walbrook-chaos-" });
  const path = `${folder}/copy.db`;
  using database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER);
    CREATE TABLE log (id INTEGER);
    CREATE TRIGGER i AFTER INSERT ON counters BEGIN INSERT INTO log VALUES (new.id); END;
    CREATE TRIGGER u AFTER UPDATE ON counters BEGIN INSERT INTO log VALUES (new.id); END;
    CREATE TRIGGER d AFTER DELETE ON counters BEGIN INSERT INTO log VALUES (old.id); END`);
  return {
    kind: "sqlite",
    programs: [["sqlite", path]],
    repeats: false,
    report() {
      using database = new DatabaseSync(path);
      const rows = database.prepare("SELECT id || ' ' || n AS r FROM counters")
        .all().map(({ r }) => `${r}`).toSorted();
      const { c } = database.prepare("SELECT count(*) AS c FROM log").get()!;
      return Promise.resolve(copyReport(rows, Number(c)));
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** A copy in PostgreSQL. */
export async function postgresSink(url: string): Promise<ChaosSink> {
  await using sql = connectSql(url);
  await sql(`CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL);
    CREATE TABLE log (id int);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO public.log VALUES (coalesce(new.id, old.id)); RETURN NULL; END $$;
    CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON counters
      FOR EACH ROW EXECUTE FUNCTION note()`);
  return {
    kind: "postgres",
    programs: [["postgres", url]],
    repeats: false,
    async report() {
      await using sql = connectSql(url);
      const rows = await sql("SELECT id || ' ' || n AS r FROM counters");
      const applied = await sql.value("SELECT count(*) FROM log");
      return copyReport(rows.map(({ r }) => r!).toSorted(), Number(applied));
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** JetStream and workers, which write each change into a table that takes it only once. */
export async function natsSink(
  natsUrl: string,
  copyUrl: string,
  workers: number,
): Promise<ChaosSink> {
  await using sql = connectSql(copyUrl);
  await sql("CREATE TABLE applied (version text PRIMARY KEY, change text)");
  const worker = ["worker", copyUrl, natsUrl] as const;
  return {
    kind: "nats",
    programs: [["nats", natsUrl], ...Array(workers).fill(worker)],
    repeats: false,
    async report() {
      await using sql = connectSql(copyUrl);
      const rows = await sql(
        'SELECT change FROM applied ORDER BY version COLLATE "C"',
      );
      const ledger = new Ledger();
      for (const { change } of rows) ledger.take(change!);
      return ledger.report();
    },
    async [Symbol.asyncDispose]() {},
  };
}
