import postgres from "postgres";

/** Which tables the writers change, and how. */
export interface RacingWritersOptions {
  /** The server. */
  readonly url: string;
  /** The tables. */
  readonly tables: readonly string[];
  /** How many rows each had at first. */
  readonly rows: number;
  /** How many connections write. */
  readonly writers: number;
  /** How often a transaction truncates its table, from 0 to 1. */
  readonly truncate?: number;
  /** Whether some transactions are prepared first. */
  readonly prepared?: boolean;
  /** How long each pauses between two transactions at the most, in milliseconds. */
  readonly pauseMs?: number;
  /** Whether to leave out what names a server's settings: for one that waits for standbys. */
  readonly synchronous?: boolean;
}

/** Connections that write until they are stopped. */
export interface RacingWriters {
  /** How many transactions they have ended. */
  readonly transactions: number;
  /** Ends them. */
  stop(): Promise<void>;
}

const PREFIXES = ["a", "B", "ä", "z''x", "_q", "A b", "é", "Z"];
const LIST = `ARRAY[${PREFIXES.map((one) => `'${one}'`).join(",")}]`;
const NOW = "(extract(epoch FROM clock_timestamp()) * 1e6)::bigint";
const BODY =
  "(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 80))";

/**
 * The SQL that makes a table: a key of two columns, a version that only grows, and a large
 * value that is stored out of line.
 *
 * @param table Its name.
 * @param rows How many rows.
 * @param partitioned Whether it has partitions.
 */
export function createTable(
  table: string,
  rows: number,
  partitioned = false,
): string {
  const columns = `(k text, n int, v bigint NOT NULL, g int, body text,
    PRIMARY KEY (k, n))`;
  const parts = [0, 1, 2].map((i) =>
    `CREATE TABLE ${table}_${i} PARTITION OF ${table}
      FOR VALUES WITH (MODULUS 3, REMAINDER ${i});
    ALTER TABLE ${table}_${i} ALTER body SET STORAGE EXTERNAL;`
  ).join("\n");
  return `
CREATE TABLE ${table} ${columns} ${
    partitioned ? `PARTITION BY HASH (n); ${parts}` : ";"
  }
ALTER TABLE ${table} ALTER body SET STORAGE EXTERNAL;
INSERT INTO ${table} SELECT (${LIST})[1 + i % 8], i, ${NOW}, 0,
  CASE WHEN i % 3 = 0 THEN (SELECT string_agg(md5((random() + i.i + x)::text), '')
    FROM generate_series(1, 80) x) ELSE 'small' || i END
FROM generate_series(1, ${rows}) i(i);
ANALYZE ${table};`;
}

/**
 * Starts writers that race with whoever copies their tables: commits out of the order of
 * transaction ids, rollbacks, savepoints, prepared transactions, moved keys with a large value
 * that does not change, a row that is deleted and inserted again, asynchronous commits,
 * truncations.
 */
export function startWriters(options: RacingWritersOptions): RacingWriters {
  const { writers } = options;
  const state = { isStopped: false, transactions: 0 };
  const running = Array.from(
    { length: writers },
    (_, id) => write(id, options, state),
  );
  return {
    get transactions() {
      return state.transactions;
    },
    async stop() {
      state.isStopped = true;
      await Promise.all(running);
    },
  };
}

async function write(
  id: number,
  options: RacingWritersOptions,
  state: { isStopped: boolean; transactions: number },
): Promise<void> {
  const { url, pauseMs = 2 } = options;
  const client = postgres(url, {
    max: 1,
    fetch_types: false,
    onnotice: () => {},
  });
  const run = (text: string) => client.unsafe(text);
  for (let n = 0; !state.isStopped; n++) {
    const gid = `racing_${id}_${n}`;
    const { text, isPrepared } = transaction(id, gid, options);
    try {
      await run(text);
      state.transactions++;
      if (isPrepared) {
        await sleep(below(60));
        await run(`${below(3) ? "COMMIT" : "ROLLBACK"} PREPARED '${gid}'`);
      }
    } catch {
      // A duplicate key, a deadlock, a table that is locked.
      await run("ROLLBACK").catch(() => {});
    }
    if (pauseMs > 0) await sleep(below(pauseMs));
  }
  await client.end({ timeout: 5 });
}

function transaction(
  id: number,
  gid: string,
  { tables, rows, truncate = 0, prepared = false }: RacingWritersOptions,
): { readonly text: string; readonly isPrepared: boolean } {
  const kind = below(20);
  let text = "BEGIN;";
  if (below(2)) text += "SET LOCAL synchronous_commit = off;";
  for (let i = 0; i < 1 + below(4); i++) {
    const table = tables[below(tables.length)]!;
    const change = changeOf(id, table, rows);
    if (kind >= 5) text += `${change};`;
    else {
      text += `SAVEPOINT s${i};${change};`;
      text += [`ROLLBACK TO s${i};`, `RELEASE s${i};`, ""][below(3)]!;
    }
    if (below(6) === 0) text += `SELECT pg_sleep(${below(30) / 1000});`;
  }
  if (Math.random() < truncate) {
    text += `TRUNCATE ${tables[below(tables.length)]};`;
  }
  const isPrepared = prepared && kind === 19;
  const end = isPrepared
    ? `PREPARE TRANSACTION '${gid}'`
    : kind === 18
    ? "ROLLBACK"
    : "COMMIT";
  return { text: text + end, isPrepared };
}

function changeOf(id: number, table: string, rows: number): string {
  const n = 1 + below(rows);
  const isRow = `k = (${LIST})[1 + ${n} % 8] AND n = ${n}`;
  switch (below(12)) {
    case 0:
      return `INSERT INTO ${table} VALUES ('new${below(1e6)}', ${
        below(1e9)
      }, ${NOW}, 1, ${BODY})`;
    case 1:
      return `DELETE FROM ${table} WHERE ${isRow}`;
    case 2:
      return `INSERT INTO ${table} VALUES ((${LIST})[1 + ${n} % 8], ${n}, ${NOW}, 2, ${BODY})
        ON CONFLICT DO NOTHING`;
    case 3:
      return `UPDATE ${table} SET v = v + 1, body = ${BODY} WHERE ${isRow}`;
    case 4: {
      // The large value does not come along. (Nor would it with an update that brings a row
      // into a filter, which the server sends as an insert: none crosses one of n % 3.)
      const prefix = ["", "a", "m", "Z", "zzz", "é"][below(6)];
      return `UPDATE ${table} SET v = v + 1, k = '${prefix}mv${below(1e6)}',
        n = 3 * ${below(3e8)} + n % 3 WHERE ${isRow}`;
    }
    case 5:
      return `UPDATE ${table} SET v = v + 1, g = ${id}
        WHERE n BETWEEN ${n} AND ${n + below(rows)} AND n % 37 = ${below(37)}`;
    default:
      return `UPDATE ${table} SET v = v + 1, g = ${id} WHERE ${isRow}`;
  }
}

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
