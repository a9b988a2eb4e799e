import { assert, assertEquals } from "@std/assert";
import {
  connectSql,
  type PostgresServer,
  type SqlClient,
} from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { follow, messageSql } from "./follower.ts";

const READERS =
  "application_name = 'walbrook' AND backend_type = 'client backend'";
const CONFIRMED =
  "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 's'";

/** The options for slowing a copy down. */
export interface SlowCopyOptions {
  /** The number of chunks that are taken one at a time, while the rest of the copy waits. */
  readonly rounds: number;
  /**
   * The number of rows in the table, enough for all rounds.
   *
   * @default {3_000}
   */
  readonly rows?: number;
  /**
   * The time that the consumer works on each chunk, in milliseconds.
   *
   * @default {0}
   */
  readonly workMs?: number;
}

/** The figures of a slow copy. */
export interface SlowCopyResult {
  /** The duration of the copy, in seconds. */
  readonly seconds: number;
  /** The longest time that a migration took during the copy, in milliseconds. */
  readonly migrationMs: number;
  /** The number of bytes by which the slot advanced during the copy. */
  readonly confirmedBytes: number;
}

/**
 * Copies a table slowly, and shows in each round that the slot advances, that the copy holds no
 * snapshot and no lock, and that a migration gets its lock while the consumer is away.
 */
export async function slowCopy(
  { server, sql }: { readonly server: PostgresServer; readonly sql: SqlClient },
  { rounds, rows = 3_000, workMs = 0 }: SlowCopyOptions,
): Promise<SlowCopyResult> {
  await sql(
    `CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t SELECT i, 0 FROM generate_series(1, ${rows}) i;
    CREATE PUBLICATION p FOR TABLE t`,
  );
  const begun = performance.now();
  await using other = connectSql(server.url);
  await other("SET lock_timeout = '5s'");
  await using follower = await follow(server, {
    snapshot: { chunkBytes: 2_000 },
  });
  const { subscription } = follower;
  const first = await sql.value(CONFIRMED);
  let migrationMs = 0;
  for (let round = 0; round < rounds; round++) {
    await follower.until(({ kind }) => kind === "chunk");
    // The copy's connections read ahead, and are then idle, without a snapshot.
    await untilTrue(
      sql,
      `NOT EXISTS (SELECT FROM pg_stat_activity WHERE ${READERS} AND (state <> 'idle' OR backend_xmin IS NOT NULL))`,
    );
    const asked = performance.now();
    await other(`ALTER TABLE t ADD c${round} int`);
    migrationMs = Math.max(migrationMs, performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, workMs));
    const before = await sql.value(CONFIRMED);
    await subscription.paceSnapshot({ paused: true });
    await sql(
      `UPDATE t SET n = n + 1 WHERE id % 1000 = ${round}; ${
        messageSql("round")
      }`,
    );
    await follower.message("round");
    // Requesting more acknowledges what was delivered before.
    const next = follower.message("next");
    await untilTrue(sql, `(${CONFIRMED}) > '${before}'`);
    await sql(messageSql("next"));
    await next;
    await subscription.paceSnapshot({ paused: false });
  }
  assert(subscription.snapshots[0]!.rows < rows, "The copy is over too soon");
  const confirmed = await sql.value(
    `SELECT (${CONFIRMED}) - '${first}'::pg_lsn`,
  );
  await follower.copied();
  await sql(messageSql("end"));
  await follower.message("end");
  const truth = await sql("SELECT id, n FROM t");
  assertEquals(
    new Map(follower.rows("t").map(({ id, n }) => [`${id}`, `${n}`])),
    new Map(truth.map(({ id, n }) => [id!, n!])),
  );
  return {
    seconds: (performance.now() - begun) / 1_000,
    migrationMs,
    confirmedBytes: Number(confirmed),
  };
}
