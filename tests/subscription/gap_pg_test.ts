import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Checkpoint,
  parseLsn,
  PostgresError,
  SQLSTATE,
  subscribe,
  SubscriptionError,
} from "@walbrook/walbrook";
import type { Gap, SubscriptionStatus } from "@walbrook/walbrook/subscription";
import { testOnPostgres } from "../helpers/postgres.ts";

const SET_UP = "CREATE TABLE item (id int PRIMARY KEY); " +
  "CREATE PUBLICATION items FOR TABLE item";
const MAKE_SLOT = "SELECT pg_create_logical_replication_slot('s', 'pgoutput')";

testOnPostgres(
  "subscribe() does not pass over changes made while the publication was missing",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await sql("INSERT INTO item VALUES (1)");
    await sql("DROP PUBLICATION items");
    await sql("INSERT INTO item VALUES (2)");
    await sql("CREATE PUBLICATION items FOR TABLE item");
    const after = parseLsn(
      String(await sql.value("SELECT pg_current_wal_flush_lsn()")),
    );
    await sql("INSERT INTO item VALUES (3)");
    const options = {
      connection: server.url,
      slot: "s",
      publication: "items",
      until: "now",
    } as const;
    const ids: number[] = [];
    async function follow(startLsn?: typeof after): Promise<void> {
      await using subscription = await subscribe({
        ...options,
        ...(startLsn === undefined ? {} : { startLsn }),
      });
      for await (const event of subscription) {
        if (event.kind === "insert") ids.push(Number(event.newRow["id"]));
      }
    }
    // It says so each time.
    for (let i = 0; i < 2; i++) {
      const error = await assertRejects(() => follow(), SubscriptionError);
      assertEquals(error.reason, "publicationMissing");
    }
    // The way out: a skip that is known, from here to there.
    ids.length = 0;
    await follow(after);
    assertEquals(ids, [3]);
  },
);

testOnPostgres(
  "onGap is told what is lost, and the subscription goes on behind it",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    let kept: Checkpoint | null = null;
    let leave = false;
    const gaps: Gap[] = [];
    async function follow(): Promise<unknown[]> {
      await using subscription = await subscribe({
        connection: server.url,
        slot: { name: "s", create: true },
        publication: "items",
        until: "now",
        checkpoint: {
          load: () => Promise.resolve(kept),
          save: (checkpoint) => {
            kept = checkpoint;
            return Promise.resolve();
          },
        },
        gaps: "event",
        onGap: (gap) => void gaps.push(gap),
      });
      const found: unknown[] = [];
      for await (const event of subscription) {
        if (event.kind === "insert") found.push(event.newRow["id"]);
        // Once told, and the loop left there, it is told again.
        if (event.kind === "gap" && leave) break;
        if (event.kind === "gap") found.push(event.reason);
      }
      return found;
    }
    await sql("INSERT INTO item VALUES (1)");
    assertEquals(await follow(), [1]);
    await sql("INSERT INTO item VALUES (2)");
    await sql(
      "SELECT pg_replication_slot_advance('s', pg_current_wal_flush_lsn())",
    );
    await sql("INSERT INTO item VALUES (3)");
    leave = true;
    assertEquals(await follow(), []);
    leave = false;
    assertEquals(await follow(), ["startPassed", 3]);
    assertEquals(await follow(), []);
    await sql("INSERT INTO item VALUES (4)");
    await sql("SELECT pg_drop_replication_slot('s')");
    // The slot is made anew: what came before is gone, and said to be.
    assertEquals(await follow(), ["slotMissing"]);
    await sql("INSERT INTO item VALUES (5)");
    assertEquals(await follow(), [5]);
    assertEquals(gaps.map(({ reason }) => reason), [
      "startPassed",
      "startPassed",
      "slotMissing",
    ]);
    for (const { from, to } of gaps) assert(to !== null && from < to);
  },
);

testOnPostgres(
  "onGap limits by what it throws how often a slot is made anew",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    const enough = new Error("copy the tables again");
    const gaps: Gap[] = [];
    await using subscription = await subscribe({
      connection: server.url,
      slot: { name: "s", create: true },
      publication: "items",
      retry: { initialDelayMs: 10 },
      gaps: "event",
      onGap: (gap) => {
        gaps.push(gap);
        if (gaps.length === 2) throw enough;
      },
    });
    const events = subscription[Symbol.asyncIterator]();
    // Nobody can log in before the slot is dropped, and the row is committed after that.
    const lose = (id: number) =>
      sql(
        `BEGIN; LOCK TABLE pg_database IN ACCESS EXCLUSIVE MODE;
        SELECT pg_terminate_backend(${subscription.processId}, 60000);
        INSERT INTO item VALUES (${id});
        SELECT pg_drop_replication_slot('s');
        COMMIT`,
      );
    await lose(1);
    const { value } = await events.next();
    assertEquals([value.kind, value.reason], ["gap", "slotMissing"]);
    await sql("INSERT INTO item VALUES (2)");
    for (;;) {
      const { value } = await events.next();
      if (value.kind === "insert") assertEquals(value.newRow["id"], 2);
      if (value.kind === "commit") break;
    }
    const next = assertRejects(() => events.next(), Error, enough.message);
    await lose(3);
    await next;
    assertEquals(gaps.map(({ reason }) => reason), [
      "slotMissing",
      "slotMissing",
    ]);
    assertEquals(subscription.status.state, "closed");
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "a gap stands in the stream where the server skips changes",
  async ({ server, sql }) => {
    await sql(`${SET_UP}; CREATE TABLE other (id int PRIMARY KEY);
      CREATE PUBLICATION others FOR TABLE other`);
    const modes = ["manual", "consumed"] as const;
    for (const mode of modes) {
      await sql(
        `SELECT pg_create_logical_replication_slot('${mode}', 'pgoutput')`,
      );
    }
    await sql("INSERT INTO item VALUES (1)");
    await sql("DROP PUBLICATION items");
    await sql(
      "BEGIN; INSERT INTO other VALUES (2); INSERT INTO item VALUES (3); COMMIT",
    );
    await sql("CREATE PUBLICATION items FOR TABLE item");
    await sql("INSERT INTO item VALUES (4)");
    for (const acknowledge of modes) {
      await using subscription = await subscribe({
        connection: server.url,
        slot: acknowledge,
        publication: ["items", "others"],
        gaps: "event",
        until: "now",
        acknowledge,
      });
      const found: unknown[] = [];
      for await (const transaction of subscription.transactions()) {
        const { transaction: info, changes } = transaction;
        // The gap itself needs no acknowledgement.
        if (acknowledge === "manual" && info !== null) {
          transaction.acknowledge();
        }
        for (const change of changes) {
          if (change.kind === "insert") found.push(change.newRow["id"]);
          if (change.kind === "gap") found.push(change.kind, info === null);
        }
      }
      assertEquals(found[0], 1);
      assert(found.includes("gap"), `${found}`);
      assertEquals(found.slice(-2), [2, 4]);
      assertEquals(subscription.progress.pending, 0);
    }
  },
  { majors: [18] },
);

testOnPostgres(
  "a gap stands in the stream where the server can't go on, and is skipped",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await sql("INSERT INTO item VALUES (1)");
    await sql("DROP PUBLICATION items");
    await sql("INSERT INTO item VALUES (2)");
    await sql("CREATE PUBLICATION items FOR TABLE item");
    for (const expected of [[1, "publicationMissing", 3], [4]]) {
      await using subscription = await subscribe({
        connection: server.url,
        slot: { name: "s", wait: true },
        publication: "items",
        gaps: "event",
        retry: { initialDelayMs: 10 },
      });
      if (expected[0] === 4) await sql("INSERT INTO item VALUES (4)");
      const found: unknown[] = [];
      for await (const event of subscription) {
        if (event.kind === "insert") found.push(event.newRow["id"]);
        if (event.kind === "gap") {
          found.push(event.reason);
          assert(event.to !== null && event.from < event.to);
          await sql("INSERT INTO item VALUES (3)");
        }
        // The commit behind it is consumed with the next event.
        if (found.at(-1) === 4) break;
        if (found.at(-1) === 3 && event.kind === "commit") {
          await sql("SELECT pg_logical_emit_message(false, 'p', 'the end')");
        }
        if (event.kind === "message" && found.includes(3)) break;
      }
      assertEquals(found, expected);
    }
  },
  { majors: [14, 17] },
);

testOnPostgres(
  "subscribe() with wait takes a slot over as soon as it is free",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    const options = {
      connection: server.url,
      publication: "items",
      retry: { initialDelayMs: 10, maxDelayMs: 50 },
    };
    await using first = await subscribe({ ...options, slot: "s" });
    let tries = 0;
    const inUse = await assertRejects(
      () =>
        subscribe({
          ...options,
          slot: { name: "s", wait: true },
          retry: { ...options.retry, maxAttempts: 3 },
          onStatus: ({ state }) => tries += state === "connecting" ? 1 : 0,
        }),
      PostgresError,
    );
    assertEquals([inUse.code, tries], [SQLSTATE.OBJECT_IN_USE, 4]);
    const waiting = Promise.withResolvers<SubscriptionStatus>();
    const second = subscribe({
      ...options,
      slot: { name: "s", wait: true },
      onStatus: (status) => {
        if (status.state === "retrying") waiting.resolve(status);
      },
    });
    const status = await waiting.promise;
    assert(status.state === "retrying");
    // The server names who holds it.
    assert(String(status.error).includes(String(first.processId)));
    await first.close();
    await using subscription = await second;
    await sql("INSERT INTO item VALUES (1)");
    for await (const event of subscription) {
      if (event.kind === "insert") break;
    }
  },
);

testOnPostgres(
  "subscribe() does not take a persistent slot for the temporary one it is to make",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    const error = await assertRejects(
      () =>
        subscribe({
          connection: server.url,
          slot: { name: "s", create: true, temporary: true },
          publication: "items",
        }),
      SubscriptionError,
    );
    assertEquals(error.reason, "slotUnusable");
  },
  { majors: [14, 18] },
);
