/**
 * Measures how fast a copy is kept: by a native subscription, by `applyToPostgres()` and by
 * `applyToSqlite()`, one after the other, several times. Each has the same backlog to catch
 * up with.
 *
 * ```sh
 * deno task bench:apply                     # 300,000 rows by 1,000, and 60,000 updates
 * deno task bench:apply --rows 3000 --rounds 1
 * ```
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { subscribe } from "@walbrook/walbrook";
import { applyToPostgres, applyToSqlite } from "@walbrook/walbrook/apply";
import { deliver } from "@walbrook/walbrook/sink";
import { startPostgres } from "../examples/demo/postgres_server.ts";

const TABLE =
  "CREATE TABLE t (id int8 PRIMARY KEY, a int4, b text, c timestamptz, d numeric, e bool, f text)";
const ROW =
  "i, i % 1000, 'text ' || i, now(), i * 1.5, i % 2 = 0, md5(i::text)";
const SUM = "SELECT count(*) || ' ' || sum(a) || ' ' || max(b) AS s FROM t";

/** The workload that is written at the source. */
interface Load {
  readonly name: string;
  readonly rows: number;
  /** The rows that are there before. */
  readonly before: string;
  readonly write: (source: pg.Client) => Promise<void>;
}

function loads(rows: number): readonly Load[] {
  const updates = Math.ceil(rows / 5);
  return [
    {
      name: "transactions of 1,000 inserts",
      rows,
      before: "",
      async write(source) {
        for (let from = 1; from <= rows; from += 1000) {
          const to = Math.min(rows, from + 999);
          await source.query(
            `INSERT INTO t SELECT ${ROW} FROM generate_series(${from}, ${to}) AS i`,
          );
        }
      },
    },
    {
      name: "transactions of one update",
      rows: updates,
      before:
        `INSERT INTO t SELECT ${ROW} FROM generate_series(1, 100000) AS i`,
      async write(source) {
        await source.query(`DO $$ BEGIN FOR k IN 1..${updates} LOOP
          UPDATE t SET a = a + 1, b = 'new ' || k WHERE id = 1 + (k * 7919::int8) % 100000;
          COMMIT; END LOOP; END $$`);
      },
    },
  ];
}

/** Both servers, with a client on each. */
interface Servers {
  readonly sourceUrl: string;
  readonly targetUrl: string;
  readonly source: pg.Client;
  readonly target: pg.Client;
}

async function sumOf(client: pg.Client): Promise<string> {
  return (await client.query(SUM)).rows[0].s;
}

// Empties both tables, makes the slot, and writes what there is to catch up with.
async function prepare(servers: Servers, load: Load): Promise<string> {
  const { source, target } = servers;
  await target.query(`DROP TABLE IF EXISTS t; ${TABLE}; ${load.before}`);
  await target.query("DROP SCHEMA IF EXISTS walbrook CASCADE");
  await source.query("TRUNCATE t");
  if (load.before !== "") await source.query(load.before);
  await source.query(
    "SELECT pg_create_logical_replication_slot('bench', 'pgoutput')",
  );
  await load.write(source);
  return await sumOf(source);
}

async function dropSlot(source: pg.Client): Promise<void> {
  for (;;) {
    const { rowCount } = await source.query(
      "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'bench' AND NOT active",
    );
    if (rowCount === 1) return;
    await pause(50);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function native(servers: Servers, load: Load): Promise<number> {
  const { sourceUrl, source, target } = servers;
  const wanted = await prepare(servers, load);
  const { hostname, port, username, pathname } = new URL(sourceUrl);
  await target.query(
    `CREATE SUBSCRIPTION bench CONNECTION 'host=${hostname} port=${port} user=${username} dbname=${
      pathname.slice(1)
    }' PUBLICATION p WITH (enabled = false, create_slot = false, slot_name = 'bench', copy_data = false)`,
  );
  const start = performance.now();
  await target.query("ALTER SUBSCRIPTION bench ENABLE");
  while (await sumOf(target) !== wanted) await pause(100);
  const ms = performance.now() - start;
  await target.query("ALTER SUBSCRIPTION bench DISABLE");
  await target.query("ALTER SUBSCRIPTION bench SET (slot_name = NONE)");
  await target.query("DROP SUBSCRIPTION bench");
  await dropSlot(source);
  return ms;
}

type Replica = ReturnType<typeof applyToSqlite>;

async function apply(
  servers: Servers,
  load: Load,
  open: () => {
    readonly replica: Replica;
    readonly close: () => Promise<void>;
  },
): Promise<number> {
  await prepare(servers, load);
  const { replica, close } = open();
  const start = performance.now();
  const subscription = await subscribe({
    connection: servers.sourceUrl,
    slot: "bench",
    publication: "p",
    acknowledge: "manual",
    checkpoint: replica.checkpoint,
    until: "now",
  });
  await deliver(subscription, replica).done;
  const ms = performance.now() - start;
  await close();
  await dropSlot(servers.source);
  return ms;
}

function postgres(servers: Servers, load: Load): Promise<number> {
  return apply(servers, load, () => {
    const pool = new pg.Pool({ connectionString: servers.targetUrl });
    return { replica: applyToPostgres(pool), close: () => pool.end() };
  });
}

function sqlite(servers: Servers, load: Load): Promise<number> {
  return apply(servers, load, () => {
    const folder = Deno.makeTempDirSync();
    const database = new DatabaseSync(`${folder}/copy.db`);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    return {
      replica: applyToSqlite(database),
      close() {
        database.close();
        return Deno.remove(folder, { recursive: true });
      },
    };
  });
}

const CONTENDERS = { native, postgres, sqlite };

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function main(): Promise<void> {
  const { rows, rounds } = parseArgs(Deno.args, {
    string: ["rows", "rounds"],
    default: { rows: "300000", rounds: "5" },
  });
  await using sourceServer = await startPostgres({ major: 18 });
  await using targetServer = await startPostgres({ major: 18 });
  const open = async (connectionString: string) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    return client;
  };
  const servers: Servers = {
    sourceUrl: sourceServer.url,
    targetUrl: targetServer.url,
    source: await open(sourceServer.url),
    target: await open(targetServer.url),
  };
  await servers.source.query(`${TABLE}; CREATE PUBLICATION p FOR TABLE t`);
  for (const load of loads(Number(rows))) {
    const rates: Record<string, number[]> = {};
    for (let round = 0; round < Number(rounds); round++) {
      for (const [name, run] of Object.entries(CONTENDERS)) {
        const ms = await run(servers, load);
        (rates[name] ??= []).push(load.rows / ms * 1000);
      }
    }
    console.log(load.name);
    const base = rates.native!;
    for (const [name, all] of Object.entries(rates)) {
      const ratios = all.map((rate, i) => rate / base[i]!);
      console.log(
        `  ${name.padEnd(9)}${
          Math.round(median(all)).toLocaleString("en")
        } rows/s, ${median(ratios).toFixed(2)} x the native subscription`,
      );
    }
  }
  await servers.source.end();
  await servers.target.end();
}

if (import.meta.main) await main();
