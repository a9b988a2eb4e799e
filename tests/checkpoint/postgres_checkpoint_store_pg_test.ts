import { assertEquals, assertRejects } from "@std/assert";
import {
  type Checkpoint,
  CheckpointConflictError,
  type Lsn,
} from "@walbrook/walbrook";
import { PostgresCheckpointStore } from "@walbrook/walbrook/checkpoint";
import { inTransaction, openPool } from "../../examples/checkpoint_postgres.ts";
import { NEWEST, testOnPostgres } from "../helpers/postgres.ts";

const at = (lsn: bigint) => ({
  lsn: lsn as Lsn,
  systemId: "7",
  timeline: 1,
});

testOnPostgres(
  "PostgresCheckpointStore has rolled back what another process has done",
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
  "PostgresCheckpointStore takes its own position for no conflict",
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
      await client.query("SELECT FROM walbrook_checkpoint FOR UPDATE");
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

testOnPostgres(
  "PostgresCheckpointStore keeps the progress of a copy at one position after another",
  async ({ server, sql }) => {
    await using stack = new AsyncDisposableStack();
    const pool = stack.adopt(openPool(server.url), (pool) => pool.end());
    await sql('CREATE SCHEMA "Odd ""schema"""');
    const where = { schema: 'Odd "schema"', table: "my table" };
    const open = () => new PostgresCheckpointStore(pool, "c", where);
    const store = open();
    assertEquals(await store.load(), null);
    const copied = (lsn: bigint, ...done: number[]): Checkpoint => ({
      ...at(lsn),
      snapshot: { version: 1, initialized: false, done, tables: {} },
    });
    // A server on which nothing happens stays where it is while chunks come.
    for (const done of [[1], [1, 2]]) {
      await store.save(copied(10n, ...done));
      assertEquals(await open().load(), copied(10n, ...done));
    }
    const inside = (store: PostgresCheckpointStore, checkpoint: Checkpoint) =>
      inTransaction(pool, (client) => store.saveIn(client, checkpoint));
    await inside(store, copied(10n, 1, 2, 3));
    // What is rolled back is not there, and can be tried again.
    await assertRejects(() =>
      inTransaction(pool, async (client) => {
        await store.saveIn(client, copied(10n, 4));
        throw new Error("crash");
      })
    );
    await inside(store, copied(10n, 1, 2, 3, 4));
    const heir = open();
    assertEquals(await heir.load(), copied(10n, 1, 2, 3, 4));
    await inside(heir, copied(10n, 1, 2, 3, 4, 5));
    await assertRejects(
      () => inside(store, copied(10n, 6)),
      CheckpointConflictError,
    );
    assertEquals(await open().load(), copied(10n, 1, 2, 3, 4, 5));
  },
  { majors: [14, NEWEST] },
);

testOnPostgres(
  "PostgresCheckpointStore may be started for the first time by many processes at once",
  async ({ server }) => {
    await using stack = new AsyncDisposableStack();
    const pools = Array.from(
      { length: 8 },
      () => stack.adopt(openPool(server.url), (pool) => pool.end()),
    );
    for (const pool of pools) await pool.query("SELECT 1");
    for (let round = 0; round < 20; round++) {
      const found = await Promise.all(
        pools.map((pool) =>
          new PostgresCheckpointStore(pool, "c", { table: `t${round}` }).load()
        ),
      );
      assertEquals(found, pools.map(() => null));
    }
  },
  { majors: [NEWEST] },
);
