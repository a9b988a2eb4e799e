import { assert, assertEquals, assertRejects } from "@std/assert";
import { subscribe, SubscriptionError } from "@walbrook/walbrook";
import { testOnPostgres } from "../helpers/postgres.ts";

const LOST =
  "SELECT wal_status = 'lost' FROM pg_replication_slots WHERE slot_name = 's'";

testOnPostgres(
  "subscribe() tells a slot that was invalidated under it from a restart",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE item (id int PRIMARY KEY); " +
        "CREATE PUBLICATION items FOR TABLE item; " +
        "CREATE TABLE noise (filler text)",
    );
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    const states: string[] = [];
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "items",
      acknowledge: "manual",
      retry: { initialDelayMs: 20, maxDelayMs: 100 },
      onStatus: ({ state }) => states.push(state),
    });
    const iterator = subscription[Symbol.asyncIterator]();
    await sql("INSERT INTO item VALUES (1)");
    assertEquals((await iterator.next()).value.kind, "begin");
    // What is not acknowledged holds WAL back, until the server has had enough.
    for (let i = 0; await sql.value(LOST) !== "t"; i++) {
      assert(i < 50, "the slot is still alive");
      await sql(
        "INSERT INTO noise SELECT repeat('x', 1000) FROM generate_series(1, 5000)",
      );
      await sql("SELECT pg_switch_wal()");
      await sql("CHECKPOINT");
    }
    const error = await assertRejects(async () => {
      while (!(await iterator.next()).done);
    }, SubscriptionError);
    assertEquals(error.reason, "slotUnusable");
    assertEquals(states.at(-1), "closed");
    assert(states.includes("retrying"), states.join());
    // It can be made anew, where the caller says so, and knowing what is lost.
    const again = {
      connection: server.url,
      slot: { name: "s", create: true },
      publication: "items",
    };
    await assertRejects(() => subscribe(again), SubscriptionError);
    await using other = await subscribe({ ...again, gaps: "event" });
    const events = other[Symbol.asyncIterator]();
    const gap = (await events.next()).value;
    assert(gap.kind === "gap" && gap.to !== null && gap.from < gap.to);
    assertEquals(gap.reason, "slotUnusable");
    await sql("INSERT INTO item VALUES (2)");
    const kinds: string[] = [];
    while (kinds.at(-1) !== "commit") {
      kinds.push((await events.next()).value.kind);
    }
    assertEquals(kinds, ["begin", "relation", "insert", "commit"]);
  },
  { settings: { max_slot_wal_keep_size: "2MB", min_wal_size: "32MB" } },
);
