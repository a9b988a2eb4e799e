import { assertEquals, assertGreater } from "@std/assert";
import { type Execute, openShop, runShop } from "../../examples/demo/shop.ts";
import { testOnPostgres } from "../helpers/postgres.ts";

/** Runs the shop for a number of transactions. */
async function runFor(
  transactions: number,
  execute: Execute,
  seed?: number,
): Promise<void> {
  const closing = new AbortController();
  let left = transactions;
  await runShop(async (sql) => {
    await execute(sql);
    if (--left === 0) closing.abort();
  }, {
    signal: closing.signal,
    longestPauseMs: 0,
    ...(seed === undefined ? {} : { seed }),
  });
}

testOnPostgres(
  "runShop() makes changes of every kind among the first 20",
  async ({ sql }) => {
    await openShop(sql);
    await sql(
      "SELECT pg_create_logical_replication_slot('s', 'test_decoding')",
    );
    await runFor(15, sql);
    const changes = await sql(
      "SELECT data FROM pg_logical_slot_get_changes('s', NULL, NULL)",
    );
    const kinds = changes
      .map(({ data }) => data ?? "")
      .filter((data) => /^(table|message)/.test(data))
      .slice(0, 20)
      .map((data) =>
        /^message/.test(data)
          ? "MESSAGE"
          : /: (INSERT|UPDATE|DELETE|TRUNCATE):/.exec(data)?.[1]
      );
    assertEquals(new Set(kinds).size, 5);
  },
);

testOnPostgres(
  "runShop() can go on for days, with bounded tables",
  async ({ sql }) => {
    await openShop(sql);
    await runFor(500, sql, 7);
    const orders = Number(await sql.value("SELECT count(*) FROM orders"));
    assertGreater(orders, 5);
    assertGreater(60, orders);
  },
  { majors: [18] },
);

Deno.test("runShop() does the same for the same seed", async () => {
  const days = async (seed: number) => {
    const said: string[] = [];
    await runFor(60, (sql) => Promise.resolve(said.push(sql)), seed);
    return said.join("\n");
  };
  assertEquals(await days(3), await days(3));
  assertEquals(await days(3) === await days(4), false);
});

Deno.test("runShop() resolves at once when closed during a pause, or by a lost connection", async () => {
  const closing = new AbortController();
  let executed: (() => void) | undefined;
  const first = new Promise<void>((resolve) => executed = resolve);
  const shop = runShop(() => Promise.resolve(executed?.()), {
    signal: closing.signal,
    longestPauseMs: 1e9,
  });
  await first;
  closing.abort();
  await shop;

  const losing = new AbortController();
  await runShop(() => {
    losing.abort();
    return Promise.reject(new Error("Connection lost"));
  }, { signal: losing.signal });
});
