import { assert, assertEquals } from "@std/assert";
import { type ReplicationEvent, subscribe } from "@walbrook/walbrook";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";
import { RETRY } from "./cuts.ts";
import { takeTime, VIEWS } from "./steady_consumer.ts";

const SET_UP = "CREATE TABLE item (id int PRIMARY KEY, body text); " +
  "CREATE PUBLICATION items FOR TABLE item";
const MAKE_SLOT = "SELECT pg_create_logical_replication_slot('s', 'pgoutput')";
/** Far more than a stop takes, far less than `wal_sender_timeout`. */
const PATIENCE_MS = 15_000;

for (const acknowledge of ["consumed", "manual"] as const) {
  testOnPostgres(
    `a server's fast shutdown does not wait for a consumer at work (${acknowledge})`,
    async ({ server, sql }) => {
      await sql(SET_UP);
      await sql(MAKE_SLOT);
      const states: string[] = [];
      await using subscription = await subscribe({
        connection: server.url,
        slot: "s",
        publication: "items",
        acknowledge,
        retry: RETRY,
        onStatus: ({ state }) => states.push(state),
      });
      const events = subscription[Symbol.asyncIterator]();
      const ids: unknown[] = [];
      async function upTo(id: number): Promise<ReplicationEvent> {
        for (;;) {
          const { value } = await events.next();
          if (value.kind === "insert") ids.push(value.newRow["id"]);
          if (value.kind === "commit" && ids.includes(id)) return value;
        }
      }
      await sql("INSERT INTO item VALUES (1)");
      await upTo(1);
      // From here on the consumer is in its own code, with more for it to come: more than is
      // read ahead at once, less than is where it stays away.
      await sql(
        "INSERT INTO item SELECT g, repeat('x', 200) FROM generate_series(2, 1000) g",
      );
      await sql("INSERT INTO item VALUES (1001)");
      await sql.end();
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        void server.stop("immediate");
      }, PATIENCE_MS);
      await server.stop("fast");
      clearTimeout(timer);
      assert(!late, "The server waited for the consumer");
      await server.start();
      await using again = connectSql(server.url);
      await again("INSERT INTO item VALUES (1002)");
      const last = await upTo(1002);
      // All of it once, though it was neither consumed nor acknowledged at the stop.
      assertEquals(ids, Array.from({ length: 1002 }, (_, i) => i + 1));
      assert(states.includes("retrying"));
      assert(last.kind === "commit");
    },
    { majors: [14, 18] },
  );
}

testOnPostgres(
  "a server's fast shutdown does not wait for a consumer that lets more wait than fits anywhere",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "items",
      retry: RETRY,
    });
    const events = subscription[Symbol.asyncIterator]();
    const first = events.next();
    await sql(
      "INSERT INTO item SELECT g, repeat('x', 5000) FROM generate_series(1, 5000) g",
    );
    await first;
    await sql.end();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      void server.stop("immediate");
    }, PATIENCE_MS);
    await server.stop("fast");
    clearTimeout(timer);
    assert(!late, "The server waited for the consumer");
    await server.start();
    const ids: unknown[] = [];
    for (let kind = "begin"; kind !== "commit";) {
      const { value } = await events.next();
      if (value.kind === "insert") ids.push(value.newRow["id"]);
      kind = value.kind;
    }
    assertEquals(ids, Array.from({ length: 5000 }, (_, i) => i + 1));
  },
  { majors: [14, 18], settings: { wal_sender_timeout: "2s" } },
);

/** Far more than sockets and the library hold, in bytes and in transactions. */
const BACKLOG = 40_000;
/** Consumers that are slow but steady: a view, and milliseconds for each transaction. */
const STEADY: readonly (readonly [view: string, milliseconds: number])[] = [
  ["for await", 0.3],
  ["batches", 1],
  ["readable", 10],
  ["transactions()", 150],
  ["pipe", 1500],
];

testOnPostgres(
  "a server's fast shutdown does not wait for the backlog of a slow but steady consumer",
  async ({ server, sql }, t) => {
    await sql(SET_UP);
    for (let at = 0; at < STEADY.length; at++) {
      await sql(
        `SELECT pg_create_logical_replication_slot('s${at}', 'pgoutput')`,
      );
    }
    await sql("SET synchronous_commit = off");
    await sql(`
      DO $$ BEGIN
        FOR id IN 1..${BACKLOG} LOOP
          INSERT INTO item VALUES (id, repeat('x', 500)); COMMIT;
        END LOOP;
      END $$`);
    await sql.end();
    for (const [at, [view, milliseconds]] of STEADY.entries()) {
      await t.step(`${view}, ${milliseconds} ms a transaction`, async () => {
        await using subscription = await subscribe({
          connection: server.url,
          slot: `s${at}`,
          publication: "items",
          retry: RETRY,
        });
        let transactions = 0;
        let isStopped = false;
        const started = Promise.withResolvers<void>();
        const consuming = VIEWS[view]!(subscription, async () => {
          transactions++;
          // What is left of a batch is nothing to wait for.
          if (!isStopped) await takeTime(milliseconds);
          // In the middle, as all of those who are fast enough to get that far.
          if (transactions === 500 || milliseconds > 1) started.resolve();
        });
        await started.promise;
        let late = false;
        const timer = setTimeout(() => {
          late = true;
          void server.stop("immediate");
        }, PATIENCE_MS);
        await server.stop("fast");
        clearTimeout(timer);
        const before = transactions;
        isStopped = true;
        await subscription.close();
        await consuming;
        await server.start();
        assert(!late, "The server waited for the consumer");
        assert(before < 0.75 * BACKLOG, `${before} were consumed first`);
      });
    }
  },
  { majors: [14, 18] },
);
