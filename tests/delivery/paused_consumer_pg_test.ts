import { assert, assertEquals } from "@std/assert";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { PausableConsumer } from "./paused_consumer.ts";

const ROWS = 3000;
const PATIENCE_MS = 60_000;
const FREE =
  "NOT EXISTS (SELECT FROM pg_replication_slots WHERE active_pid IS NOT NULL)";

for (const kind of ["fenced", "unfenced"] as const) {
  testOnPostgres(
    kind === "fenced"
      ? "a consumer that is paused while its heir takes over applies nothing twice"
      : "a consumer that is paused while its heir takes over drops what it had read ahead, also without a fence",
    async ({ server, sql }) => {
      await sql("CREATE DATABASE target");
      await using target = connectSql(
        server.url.replace(/postgres$/, "target"),
      );
      await target("CREATE TABLE applied (id int)");
      await sql(
        "CREATE TABLE item (id int); CREATE PUBLICATION items FOR TABLE item",
      );
      await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
      await sql("SET synchronous_commit = off");
      await sql(
        `DO $$ BEGIN FOR id IN 1..${ROWS} LOOP INSERT INTO item VALUES (id); COMMIT; END LOOP; END $$`,
      );
      const options = {
        source: server.url,
        slot: "s",
        publication: "items",
        target: server.url.replace(/postgres$/, "target"),
        kind,
      };
      await using paused = new PausableConsumer(options);
      const applied = "SELECT count(DISTINCT id) FROM applied";
      await untilTrue(target, `(${applied}) >= 100`, PATIENCE_MS);
      await paused.pause(sql);
      const before = Number(await target.value(applied));
      assert(before < ROWS, "It was paused too late to tell anything");
      // The server gives it up.
      await untilTrue(sql, FREE, PATIENCE_MS);
      await using heir = new PausableConsumer(options);
      await untilTrue(target, `(${applied}) = ${ROWS}`, PATIENCE_MS);
      paused.resume();
      // Its position, the slot's or the slot itself is the heir's by now.
      const end = await paused.says(/^retrying 55006$|^ended/);
      assert(
        [
          "ended CheckpointConflictError ",
          "ended SubscriptionError startPassed",
          "retrying 55006",
        ].includes(`${end}`),
        `It said ${end}`,
      );
      const rows = await target(
        "SELECT id FROM applied GROUP BY id HAVING count(*) > 1",
      );
      // Without a fence, what was in its hands is applied, and no more than that.
      if (kind === "fenced") assertEquals(rows, []);
      assert(rows.length < ROWS / 10, `${rows.length} were applied twice`);
      assertEquals(await target.value(applied), `${ROWS}`);
      assertEquals(await heir.says(/^open$/), "open");
    },
    { majors: [14, 18], settings: { wal_sender_timeout: "2s" } },
  );
}
