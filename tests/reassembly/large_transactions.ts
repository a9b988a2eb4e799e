/**
 * Two large transactions at once, with parts that are rolled back, delivered by a process
 * of its own, whose memory is measured.
 *
 * ```sh
 * deno run -A tests/reassembly/large_transactions.ts --rows=2000000
 * ```
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import {
  connectSql,
  MAJORS,
  NEWEST,
  type PostgresMajor,
  type SqlClient,
  withServer,
} from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";

/** The result of a run. */
export interface LargeTransactions {
  /** How many blocks the server sent before the commits. */
  readonly blocks: number;
  /** The most memory that the consumer took, in bytes (its resident set). */
  readonly peak: number;
  /** How long it took from the commits to the last event, in seconds. */
  readonly seconds: number;
}

const CHILD = new URL("large_transactions_consumer.ts", import.meta.url);
const CONFIG = new URL("../../deno.json", import.meta.url);

/**
 * Runs them, and checks that the consumer got what is in the table.
 *
 * @param major The server's version.
 * @param rows How many rows each of the two inserts, not counting what it rolls back.
 */
export async function runLargeTransactions(
  major: PostgresMajor,
  rows: number,
): Promise<LargeTransactions> {
  const settings = { logical_decoding_work_mem: "64kB" };
  return await withServer({ major, settings }, async (server, sql) => {
    await sql("CREATE TABLE t (id int, writer int, note text)");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    const consumer = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check", "--config", CONFIG.pathname],
        ...[CHILD.pathname, server.url],
      ],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    await write(server.url, rows);
    const committed = performance.now();
    const { code, stdout } = await consumer.output();
    assertEquals(code, 0);
    const { counts, peak } = JSON.parse(new TextDecoder().decode(stdout));
    const truth = await sql(
      "SELECT writer, count(*), sum(id) FROM t GROUP BY 1 ORDER BY 1",
    );
    assertEquals(
      counts,
      truth.map(({ writer, count, sum }) => [writer, count, sum]),
    );
    return {
      blocks: await streamedBlocks(sql, major),
      peak,
      seconds: (performance.now() - committed) / 1000,
    };
  });
}

// Both write by turns, and every third part is rolled back, with a savepoint in it. The
// second one commits first.
async function write(url: string, rows: number): Promise<void> {
  await using first = connectSql(url);
  await using second = connectSql(url);
  const writers = [first, second];
  const part = Math.ceil(rows / 20);
  for (const sql of writers) await sql("BEGIN");
  for (let done = 0; done < rows; done += part) {
    for (const [writer, sql] of writers.entries()) {
      const insert = (from: number) =>
        `INSERT INTO t SELECT g, ${writer}, 'row ' || g FROM generate_series(${
          from + 1
        }, ${from + Math.min(part, rows - done)}) g;`;
      await sql(insert(done));
      if (done / part % 3 !== 0) continue;
      await sql(
        `SAVEPOINT a; ${insert(rows)} SAVEPOINT b; ${insert(rows)}
         RELEASE b; ROLLBACK TO a`,
      );
    }
  }
  await second("COMMIT");
  await first("COMMIT");
  await first("INSERT INTO t VALUES (0, 2, 'the end')");
}

async function streamedBlocks(
  sql: SqlClient,
  major: PostgresMajor,
): Promise<number> {
  if (major < 14) return 0;
  // The walsender tells the statistics when it ends.
  const query = "SELECT stream_count FROM pg_stat_replication_slots";
  await until(async () => Number(await sql.value(query)) > 0);
  return Number(await sql.value(query));
}

if (import.meta.main) {
  const { rows } = parseArgs(Deno.args, { string: ["rows"] });
  const majors = Deno.env.has("WALBROOK_PG_MAJORS") ? MAJORS : [NEWEST];
  console.log("| PostgreSQL | rows | blocks | peak memory | after commit |");
  console.log("| ---------: | ---: | -----: | ----------: | -----------: |");
  for (const major of majors) {
    const count = Number(rows ?? 2_000_000);
    const result = await runLargeTransactions(major, count);
    console.log(
      `| ${major} | 2 × ${count} | ${result.blocks} | ${
        Math.round(result.peak / 2 ** 20)
      } MiB | ${result.seconds.toFixed(1)} s |`,
    );
  }
}
