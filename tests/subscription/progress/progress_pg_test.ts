import { assert, assertEquals } from "@std/assert";
import { subscribe } from "../../../mod.ts";
import type { PostgresMajor } from "../../helpers/postgres.ts";
import { testOnPostgres } from "../../helpers/postgres.ts";
import { until } from "../../helpers/until.ts";

const majors: readonly PostgresMajor[] = [14, 18];
const SET_UP = `CREATE TABLE item (id int PRIMARY KEY);
  CREATE PUBLICATION items FOR TABLE item`;
const OPTIONS = {
  slot: { name: "s", create: true },
  publication: "items",
  retry: { initialDelayMs: 10, maxDelayMs: 50 },
};

testOnPostgres(
  "subscription.progress grows while the consumer hangs in a transaction, and ends at 0",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await using subscription = await subscribe({
      ...OPTIONS,
      connection: server.url,
    });
    assertEquals(subscription.progress.lastEventAgeMs, null);
    await sql("INSERT INTO item SELECT generate_series(1, 10)");
    const events = subscription[Symbol.asyncIterator]();
    assertEquals((await events.next()).value.kind, "begin");
    // No transaction has been received as a whole that could be pending.
    await until(() => subscription.progress.lagMs > 100);
    assert(subscription.progress.lagBytes! > 0n);
    assert(subscription.progress.lastEventAgeMs! > 0);
    await events.next();
    for (;;) if ((await events.next()).value.kind === "commit") break;
    assertEquals(subscription.progress.pending, 1);
    const rest = events.next();
    await until(() => subscription.progress.lagMs === 0);
    assertEquals(subscription.counts.events, [
      { table: null, kind: "begin", count: 1 },
      { table: null, kind: "commit", count: 1 },
      { table: "public.item", kind: "relation", count: 1 },
      { table: "public.item", kind: "insert", count: 10 },
    ]);
    assert(subscription.counts.receivedBytes > 0);
    await subscription.close();
    await rest;
  },
  { majors },
);

testOnPostgres(
  "subscription.progress grows while nobody takes the first event",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await using subscription = await subscribe({
      ...OPTIONS,
      connection: server.url,
    });
    await sql("INSERT INTO item VALUES (1)");
    await until(() => subscription.progress.lagMs > 100);
    assertEquals(subscription.progress.pending, 0);
  },
  { majors },
);

testOnPostgres(
  "subscription.progress grows while the server is down, and knows no bytes then",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await using subscription = await subscribe({
      ...OPTIONS,
      connection: server.url,
    });
    const events = subscription[Symbol.asyncIterator]();
    const next = events.next();
    await sql.end();
    await server.stop("immediate");
    await until(() => subscription.progress.lagMs > 100);
    const { lagBytes, walEnd, walEndAgeMs } = subscription.progress;
    assertEquals([lagBytes, walEnd, walEndAgeMs], [null, null, null]);
    await until(() => subscription.progress.lastError !== null);
    assertEquals(subscription.progress.reconnections, 0);
    await server.start();
    await until(() => subscription.progress.reconnections === 1);
    await until(() => subscription.progress.lagMs === 0);
    assert(subscription.progress.lagBytes !== null);
    assert(subscription.progress.lastError !== null);
    const [failure] = subscription.counts.failures;
    assert(failure !== undefined && failure.count > 0);
    await subscription.close();
    assertEquals((await next).done, true);
  },
  { majors },
);
