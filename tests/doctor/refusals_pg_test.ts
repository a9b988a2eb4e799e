import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  subscribe,
  type SubscribeOptions,
  SubscriptionError,
} from "@walbrook/walbrook";
import { runDoctor } from "../../src/doctor/mod.ts";
import { sharedServer } from "../helpers/postgres.ts";

const context = sharedServer();

for (
  const [check, options] of [
    ["publicationMissing", { slot: "fit", publication: "nowhere" }],
    ["slotMissing", { slot: "nowhere", publication: "refused" }],
    ["slotForeign", { slot: "foreign", publication: "refused" }],
  ] as const satisfies readonly (readonly [string, SubscribeOptions])[]
) {
  Deno.test(`subscribe() points to the doctor where it refuses, which finds ${check}`, async () => {
    const { server, sql } = context;
    await sql("DROP PUBLICATION IF EXISTS refused");
    await sql("CREATE TABLE IF NOT EXISTS refused (id int PRIMARY KEY)");
    await sql("CREATE PUBLICATION refused FOR TABLE refused");
    for (
      const [slot, plugin] of [["foreign", "test_decoding"], [
        "fit",
        "pgoutput",
      ]]
    ) {
      const isThere = await sql.value(
        `SELECT count(*) FROM pg_replication_slots WHERE slot_name = '${slot}'`,
      );
      if (isThere === "1") continue;
      await sql(
        `SELECT pg_create_logical_replication_slot('${slot}', '${plugin}')`,
      );
    }
    const error = await assertRejects(
      () => subscribe({ ...options, connection: server.url }),
      SubscriptionError,
    );
    assert(error.hint.includes("@walbrook/walbrook/doctor"));
    const { findings } = await runDoctor(server.url, options);
    const worst = findings.filter(({ id }) => id === check);
    assertEquals(worst.length, 1);
  });
}
