import { subscribe, type Subscription } from "@walbrook/walbrook";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { until } from "../helpers/until.ts";
import { untilTrue } from "../helpers/until_true.ts";

testOnPostgres(
  "subscribe() waits for old transactions when it makes a slot, until the signal",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY)");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    const subscribeTo = (signal: AbortSignal): Promise<Subscription> =>
      subscribe({
        connection: `${server.url}?connect_timeout=2`,
        slot: { name: "s", create: true },
        publication: "p",
        until: "now",
        signal,
      });
    await using other = connectSql(server.url);
    await other("BEGIN");
    await other("INSERT INTO t VALUES (1)");

    const controller = new AbortController();
    const reason = new Error("Enough");
    const attempt = subscribeTo(controller.signal);
    const rejected = assertRejects(() => attempt);
    await until(async () =>
      (await server.log()).includes("Waiting for transactions")
    );
    controller.abort(reason);
    assertEquals(await rejected, reason);
    await untilTrue(sql, "NOT EXISTS (SELECT FROM pg_replication_slots)");

    const { signal } = new AbortController();
    const second = subscribeTo(signal);
    await until(async () =>
      (await server.log()).split("Waiting for").length >= 3
    );
    await other("COMMIT");
    const subscription = await second;
    for await (const event of subscription) {
      assertEquals(event.kind, "nothing that was there before");
    }
  },
  { majors: [14, 18] },
);
