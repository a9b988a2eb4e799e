// Runs in vitest (with --globals) and in bun test as it is.
/* global expect, test */
import { fakeServer } from "walbrook/testing";
import { cacheOrders } from "./order_cache.mjs";

const ORDERS = {
  columns: { id: "bigint", total: "numeric(10,2)" },
  primaryKey: "id",
};

test("the cache follows the table, a crash included", async () => {
  const server = fakeServer({
    publication: "shop",
    tables: { "public.orders": ORDERS },
  });
  server.createSlot("order_cache");
  const totals = new Map();
  const ended = new AbortController();
  const following = cacheOrders(totals, {
    ...server.options,
    signal: ended.signal,
    retry: { initialDelayMs: 1 },
  });
  server.insert("public.orders", { id: 1n, total: 5 });
  server.insert("public.orders", { id: 2n, total: "7.5" });
  server.crash();
  server.update("public.orders", { id: 1n }, { total: "6" });
  const last = server.delete("public.orders", { id: 2n });
  await server.confirmed("order_cache", last.endLsn);
  expect([...totals]).toEqual([[1n, "6.00"]]);
  ended.abort();
  await expect(following).rejects.toBe(ended.signal.reason);
  server.close();
});

test("1,000 transactions come in no time", async () => {
  const server = fakeServer({
    publication: "shop",
    tables: { "public.orders": ORDERS },
  });
  server.createSlot("order_cache");
  const totals = new Map();
  const ended = new AbortController();
  const following = cacheOrders(totals, {
    ...server.options,
    signal: ended.signal,
  });
  const start = performance.now();
  let last;
  for (let id = 0; id < 1_000; id++) {
    last = server.insert("public.orders", { id, total: id });
  }
  await server.confirmed("order_cache", last.endLsn);
  console.log(`${Math.round(performance.now() - start)} ms`);
  expect(totals.size).toBe(1_000);
  ended.abort();
  await following.catch(() => {});
  server.close();
});
