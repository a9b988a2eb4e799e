import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { connectSql, testOnOldestAndNewest } from "../helpers/postgres.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { until } from "../helpers/until.ts";

const KILLS = 6;
const CLIENT = new URL("./apply_client.ts", import.meta.url).pathname;

function start(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", CLIENT, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

/** What a target has to say. */
interface Target {
  /** How far the copy is: the newest round that is there. */
  readonly round: () => Promise<number>;
  /** The rows. */
  readonly rows: () => Promise<string[]>;
  /** How many changes were applied, as a trigger counted. */
  readonly applied: () => Promise<number>;
}

// Kills the program again and again while rows change, and looks at what it made.
async function killAndCompare(
  sql: ReturnType<typeof connectSql>,
  args: readonly string[],
  target: Target,
): Promise<void> {
  const random = randomNumbers(17);
  let round = 0;
  let isOver = false;
  const work = (async () => {
    while (!isOver) {
      // A copy that is far behind would take too long to catch up in the end.
      if (round % 50 === 0) {
        await until(async () => isOver || await target.round() > round - 500);
      }
      round++;
      await sql(`BEGIN;
        INSERT INTO t SELECT (${round} + i) % 300, ${round} FROM generate_series(0, 4) AS i
          ON CONFLICT (id) DO UPDATE SET v = excluded.v;
        UPDATE rounds SET n = ${round}; COMMIT`);
    }
  })();
  for (let kill = 0; kill < KILLS; kill++) {
    const client = start(...args);
    const last = await target.round() + 1 + random(60);
    await until(async () => await target.round() >= last, 120_000);
    client.kill("SIGKILL");
    await client.status;
  }
  isOver = true;
  await work;
  const client = start(...args);
  await until(async () => await target.round() >= round, 120_000);
  client.kill("SIGKILL");
  await client.status;
  const rows = await sql("SELECT id || ' ' || v AS r FROM t ORDER BY id");
  assertEquals(await target.rows(), rows.map(({ r }) => r!));
  assertEquals(await target.applied(), 5 * round);
}

const SOURCE = `CREATE TABLE t (id int PRIMARY KEY, v int);
  CREATE TABLE rounds (id int PRIMARY KEY, n int); INSERT INTO rounds VALUES (1, 0);
  CREATE PUBLICATION p FOR ALL TABLES`;
const SLOT = "SELECT pg_create_logical_replication_slot('s', 'pgoutput')";

testOnOldestAndNewest(
  "applyToPostgres() applies each change once, although its process is killed",
  async ({ server, sql }) => {
    await sql("CREATE DATABASE copy");
    await sql(SOURCE);
    await sql(SLOT);
    const url = new URL(server.url);
    url.pathname = "/copy";
    await using copy = connectSql(url.href);
    await copy(`CREATE TABLE t (id int PRIMARY KEY, v int);
    CREATE TABLE rounds (id int PRIMARY KEY, n int); INSERT INTO rounds VALUES (1, 0);
    CREATE TABLE log (id int);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO public.log VALUES (new.id); RETURN NULL; END $$;
    CREATE TRIGGER note AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note()`);
    await killAndCompare(sql, [server.url, "postgres", url.href], {
      round: async () => Number(await copy.value("SELECT n FROM rounds")),
      rows: async () =>
        (await copy("SELECT id || ' ' || v AS r FROM t ORDER BY id"))
          .map(({ r }) => r!),
      applied: async () => Number(await copy.value("SELECT count(*) FROM log")),
    });
  },
);

testOnOldestAndNewest(
  "applyToSqlite() applies each change once, although its process is killed",
  async ({ server, sql }) => {
    await sql(SOURCE);
    await sql(SLOT);
    const folder = await Deno.makeTempDir();
    try {
      using database = new DatabaseSync(`${folder}/copy.db`, {
        timeout: 5_000,
      });
      database.exec(`PRAGMA journal_mode = WAL;
      CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER);
      CREATE TABLE rounds (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO rounds VALUES (1, 0);
      CREATE TABLE log (id INTEGER);
      CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END;
      CREATE TRIGGER u AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (new.id); END`);
      const first = (query: string) =>
        Object.values(database.prepare(query).get()!)[0];
      await killAndCompare(sql, [server.url, "sqlite", `${folder}/copy.db`], {
        round: () => Promise.resolve(Number(first("SELECT n FROM rounds"))),
        rows: () =>
          Promise.resolve(
            database.prepare("SELECT id || ' ' || v AS r FROM t ORDER BY id")
              .all()
              .map(({ r }) => `${r}`),
          ),
        applied: () =>
          Promise.resolve(Number(first("SELECT count(*) FROM log"))),
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
