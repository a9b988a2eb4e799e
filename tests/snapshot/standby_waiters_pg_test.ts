import { assert, assertEquals } from "@std/assert";
import {
  connectSql,
  type PostgresServer,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { follow } from "./follower.ts";

const IS_WAITING =
  "EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')";
const RELEASE =
  "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

/** For clients that do not wait. */
function localUrl({ url }: PostgresServer): string {
  return `${url}?options=-csynchronous_commit%3Dlocal`;
}

/** Has commits wait for a standby that there is not, until they are cancelled. */
async function waitForNobody(sql: SqlClient): Promise<void> {
  await sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  await sql("SELECT pg_reload_conf()");
  await untilTrue(
    sql,
    "current_setting('synchronous_standby_names') = 'nobody'",
  );
}

testOnPostgres(
  "an update that waits for a standby while its row is copied is not lost",
  async ({ server }) => {
    const local = localUrl(server);
    await using sql = connectSql(local);
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'old' FROM generate_series(1, 3000) i;
      CREATE PUBLICATION p FOR TABLE t`,
    );
    await waitForNobody(sql);
    await using follower = await follow(server, {
      snapshot: { chunkBytes: 4_000 },
    });
    await follower.until(({ kind }) => kind === "chunk");
    await using waiter = connectSql(server.url);
    // In the WAL, and in the stream; but no snapshot sees it.
    const waiting = waiter("UPDATE t SET v = 'new' WHERE id = 2999").catch(
      () => {},
    );
    await untilTrue(sql, IS_WAITING);
    await follower.copied();
    const row = follower.rows("t").find(({ id }) => id === 2_999);
    assertEquals(row?.v, "new");
    await sql(RELEASE);
    await waiting;
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "a row that was moved by a transaction that waits for a standby is read once that is seen",
  async ({ server }) => {
    await using sql = connectSql(localUrl(server));
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, body text); ALTER TABLE t ALTER body SET STORAGE EXTERNAL;
      INSERT INTO t SELECT i, repeat(md5(i::text), 100) FROM generate_series(1, 300) i;
      CREATE PUBLICATION p FOR TABLE t`,
    );
    await waitForNobody(sql);
    await using follower = await follow(server, {
      snapshot: { chunkBytes: 60_000 },
    });
    await follower.until(({ kind }) => kind === "chunk");
    await using waiter = connectSql(server.url);
    // To before the copy: its large value does not come along, and no snapshot has it there.
    const waiting = waiter("UPDATE t SET id = -1 WHERE id = 299").catch(
      () => {},
    );
    await untilTrue(sql, IS_WAITING);
    const { subscription } = follower;
    const copied = follower.copied();
    await until(() => subscription.snapshots[0]?.waitingFor === "transactions");
    assert(subscription.snapshots[0]!.rows >= 298);
    await sql(RELEASE);
    await waiting;
    const events = await copied;
    const rows = follower.rows("t");
    assertEquals(rows.length, 300);
    const moved = rows.find(({ id }) => id === -1)?.body;
    assertEquals(
      moved,
      await sql.value("SELECT body FROM t WHERE id = -1"),
    );
    // Nothing was given out for as long as there was nothing to give.
    const empty = events.filter((event) =>
      event.kind === "chunk" && event.rows === 0
    );
    assert(empty.length <= 1, `${empty.length} empty chunks`);
  },
  { majors: [18] },
);

testOnPostgres(
  "a transaction that waits for a standby while the slot is made is not lost",
  async ({ server }) => {
    const local = localUrl(server);
    await using sql = connectSql(local);
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'old'); CREATE PUBLICATION p FOR TABLE t`,
    );
    await waitForNobody(sql);
    await using waiter = connectSql(server.url);
    await using first = connectSql(local);
    await using second = connectSql(local);
    /** Begins a transaction with an id, and returns the condition that another waits for it. */
    const begin = async (client: SqlClient) => {
      await client("BEGIN");
      const xid = await client.value("SELECT pg_current_xact_id()::text");
      return `EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted AND transactionid::text = '${xid}')`;
    };
    // The slot's creation waits for one transaction, then for a second. Another that begins within
    // the second wait is not waited for: it commits before the slot's first position, and is not
    // seen by others for as long as no standby has confirmed it.
    const waitsForFirst = await begin(first);
    const opening = follow(server);
    await untilTrue(sql, waitsForFirst);
    const waitsForSecond = await begin(second);
    await first("COMMIT");
    await untilTrue(sql, waitsForSecond);
    const waiting = waiter("UPDATE t SET v = 'new' WHERE id = 1").catch(
      () => {},
    );
    await untilTrue(sql, IS_WAITING);
    await second("COMMIT");
    await using follower = await opening;
    const copied = follower.copied();
    const isCopied = await Promise.race([
      copied.then(() => true),
      new Promise((resolve) => setTimeout(resolve, 500, false)),
    ]);
    assertEquals(isCopied, false);
    await sql(RELEASE);
    await waiting;
    await copied;
    assertEquals(follower.rows("t").map(({ v }) => v), ["new"]);
  },
  { majors: [14, 18] },
);
