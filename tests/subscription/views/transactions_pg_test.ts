import { assert, assertEquals, assertRejects } from "@std/assert";
import { AcknowledgeStream, subscribe } from "@walbrook/walbrook";
import { testOnPostgres } from "../../helpers/postgres.ts";

const SET_UP = "CREATE TABLE item (id int PRIMARY KEY); " +
  "CREATE PUBLICATION items FOR TABLE item";
const MAKE_SLOT = "SELECT pg_create_logical_replication_slot('s', 'pgoutput')";
const CONFIRMED =
  "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 's'";

testOnPostgres(
  "transactions() gathers what commits together",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await sql("INSERT INTO item VALUES (1), (2)");
    await sql("SELECT pg_logical_emit_message(false, 'p', 'alone')");
    await sql("DELETE FROM item WHERE id = 1");
    const before = await sql.value(CONFIRMED);
    const open = () =>
      subscribe({
        connection: server.url,
        slot: "s",
        publication: "items",
        acknowledge: "manual",
        until: "now",
      });
    const seen: string[][] = [];
    {
      await using subscription = await open();
      const transactions = subscription.transactions();
      for await (const { changes, transaction } of transactions) {
        assertEquals(transaction === null, changes[0]?.kind === "message");
        seen.push(changes.map(({ kind }) => kind));
      }
    }
    assertEquals(seen, [["relation", "insert", "insert"], ["message"], [
      "delete",
    ]]);
    // Nothing was acknowledged, so all comes again, and this time in a pipeline.
    assertEquals(await sql.value(CONFIRMED), before);
    let count = 0;
    {
      await using subscription = await open();
      await subscription.transactions()
        .pipeThrough(new AcknowledgeStream(subscription))
        .pipeTo(new WritableStream({ write: () => void count++ }));
      assertEquals(subscription.progress.pending, 0);
    }
    assertEquals(count, 3);
    assert(await sql.value(CONFIRMED) !== before);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "transactions() refuses one that is too large",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await sql("INSERT INTO item SELECT generate_series(1, 20)");
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "items",
    });
    const reader = subscription.transactions({ maxChanges: 10 }).getReader();
    await assertRejects(() => reader.read(), RangeError, "maxChanges");
    await using again = await subscribe({
      connection: server.url,
      slot: { name: "s", wait: true },
      publication: "items",
    });
    const other = again.transactions({ maxBytes: 500 }).getReader();
    await assertRejects(() => other.read(), RangeError, "maxBytes");
  },
  { majors: [18] },
);
