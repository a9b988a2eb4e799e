import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  parseLsn,
  PostgresError,
  SQLSTATE,
  subscribe,
  type SubscribeOptions,
  SubscriptionError,
  type SubscriptionErrorReason,
} from "@walbrook/walbrook";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";

testOnPostgres(
  "subscribe() says what is missing before it begins",
  async ({ server, sql }, t) => {
    await sql(
      "CREATE TABLE item (id int); CREATE PUBLICATION items FOR TABLE item",
    );
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    const open = (options: Partial<SubscribeOptions> = {}) =>
      subscribe({
        connection: server.url,
        slot: "s",
        publication: "items",
        ...options,
      });
    const refuses = (
      reason: SubscriptionErrorReason,
      message: string,
      options: Partial<SubscribeOptions>,
    ) =>
      t.step(`${reason}: ${message}`, async () => {
        const error = await assertRejects(
          () => open(options),
          SubscriptionError,
        );
        assertEquals(error.reason, reason);
        assert(error.message.includes(message), error.message);
        await untilTrue(
          sql,
          "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'walsender'",
        );
      });

    await refuses("publicationMissing", 'no publication "a" and no "b\'""', {
      publication: ["a", "items", "b'\""],
    });
    await refuses("slotMissing", 'no replication slot "none"', {
      slot: "none",
    });
    await refuses("slotMissing", 'no replication slot "it\'s \\"', {
      slot: "it's \\",
    });
    await sql("SELECT pg_create_physical_replication_slot('physical')");
    await refuses("slotUnusable", "it is a physical slot", {
      slot: "physical",
    });
    await sql(
      "SELECT pg_create_logical_replication_slot('plugin', 'test_decoding')",
    );
    await refuses("slotUnusable", 'its output plugin is "test_decoding"', {
      slot: "plugin",
    });
    await sql(
      "SELECT pg_create_logical_replication_slot('two', 'pgoutput', false, true)",
    );
    await refuses("slotUnusable", "pass twoPhase: true", { slot: "two" });
    await sql("CREATE DATABASE other");
    {
      await using other = connectSql(server.url.replace(/postgres$/, "other"));
      await other(
        "SELECT pg_create_logical_replication_slot('elsewhere', 'pgoutput')",
      );
    }
    await refuses("slotUnusable", 'it belongs to database "other"', {
      slot: "elsewhere",
    });
    await refuses("startPassed", "Cannot start at 0/1", {
      startLsn: parseLsn("0/1"),
    });
    await refuses("startAhead", "Cannot start at FFFF/0", {
      startLsn: parseLsn("FFFF/0"),
    });

    await t.step("a slot in use is the server's error", async () => {
      await using _first = await open();
      const error = await assertRejects(() => open(), PostgresError);
      assertEquals(error.code, SQLSTATE.OBJECT_IN_USE);
    });

    await t.step(
      "a slot is created where that is asked for, and used where it exists",
      async () => {
        const slot = { name: "made", create: true };
        for (const found of [[], [1]]) {
          await using subscription = await open({ slot, until: "now" });
          const ids: unknown[] = [];
          for await (const event of subscription) {
            if (event.kind === "insert") ids.push(event.newRow["id"]);
          }
          assertEquals(ids, found);
          if (found.length === 0) await sql("INSERT INTO item VALUES (1)");
        }
        const wrong = await assertRejects(
          () => open({ slot: { name: "Größe", create: true } }),
          PostgresError,
        );
        assertEquals(wrong.code, SQLSTATE.INVALID_NAME);
      },
    );

    await t.step("wal_level", async () => {
      await sql(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots",
      );
      await sql("ALTER SYSTEM SET wal_level = replica");
      await server.stop();
      await server.start();
      const error = await assertRejects(() => open(), SubscriptionError);
      assertEquals(error.reason, "walLevel");
    });
  },
);

Deno.test("subscribe() refuses what can't be meant before it connects", async () => {
  const wrong: Partial<SubscribeOptions>[] = [
    { slot: "" },
    { slot: { name: "" } },
    { publication: "" },
    { publication: [] },
    { publication: ["a", ""] },
    { types: { int4: "number" as never } },
  ];
  for (const options of wrong) {
    await assertRejects(
      () =>
        subscribe({
          connection: "host=127.0.0.1 port=1",
          slot: "s",
          publication: "p",
          ...options,
        }),
      TypeError,
    );
  }
});
