import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointConflictError, type Lsn } from "@walbrook/walbrook";
import {
  inTransaction,
  openPool,
  PostgresCheckpointStore,
} from "../../examples/checkpoint_postgres.ts";
import { NEWEST, testOnPostgres } from "../helpers/postgres.ts";

const at = (lsn: bigint) => ({
  lsn: lsn as Lsn,
  systemId: "7",
  timeline: 1,
});

testOnPostgres(
  "checkpoint_postgres.ts rolls back what another process has done",
  async ({ server, sql }) => {
    await sql("CREATE TABLE effect (who text)");
    await using stack = new AsyncDisposableStack();
    const pool = stack.adopt(openPool(server.url), (pool) => pool.end());
    const paused = new PostgresCheckpointStore(pool, "c");
    const heir = new PostgresCheckpointStore(pool, "c");
    const apply = (store: PostgresCheckpointStore, who: string, lsn: bigint) =>
      inTransaction(pool, async (client) => {
        await client.query("INSERT INTO effect VALUES ($1)", [who]);
        await store.saveIn(client, at(lsn));
      });
    assertEquals(await paused.load(), null);
    await paused.save(at(10n));
    await apply(paused, "paused", 20n);
    assertEquals(await heir.load(), at(20n));
    await apply(heir, "heir", 30n);
    await apply(heir, "heir", 40n);
    for (const lsn of [30n, 40n]) {
      const error = await assertRejects(
        () => apply(paused, "paused", lsn),
        CheckpointConflictError,
      );
      assertEquals(error.message.includes('position of "c"'), true);
      await assertRejects(() => paused.save(at(lsn)), CheckpointConflictError);
    }
    assertEquals(await sql("SELECT who FROM effect"), [
      { who: "paused" },
      { who: "heir" },
      { who: "heir" },
    ]);
    assertEquals(await heir.load(), at(40n));
  },
  { majors: [14, NEWEST] },
);

testOnPostgres(
  "checkpoint_postgres.ts takes its own position for no conflict",
  async ({ server }) => {
    await using stack = new AsyncDisposableStack();
    const pool = stack.adopt(openPool(server.url), (pool) => pool.end());
    const store = new PostgresCheckpointStore(pool, "c");
    await store.load();
    await inTransaction(pool, (client) => store.saveIn(client, at(50n)));
    // The subscription comes later with what was acknowledged.
    for (const lsn of [40n, 50n]) await store.save(at(lsn));
    assertEquals((await store.load())?.lsn, 50n);
    // What has no changes moves it, too, and may have to wait for a transaction that moves
    // it further.
    let saving = Promise.resolve();
    await inTransaction(pool, async (client) => {
      await store.saveIn(client, at(70n));
      saving = store.save(at(60n));
    });
    await saving;
    const waiting = Promise.withResolvers<void>();
    const racing = inTransaction(pool, async (client) => {
      await client.query("SELECT FROM checkpoint FOR UPDATE");
      waiting.resolve();
      // The other one is at the row by then.
      while (!(await isWaiting())) await Promise.resolve();
      await store.saveIn(client, at(90n));
    });
    async function isWaiting(): Promise<boolean> {
      const { rows } = await pool.query(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
      );
      return rows.length > 0;
    }
    await waiting.promise;
    await store.save(at(80n));
    await racing;
    assertEquals((await store.load())?.lsn, 90n);
  },
  { majors: [NEWEST] },
);
