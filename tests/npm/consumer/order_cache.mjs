import { subscribe } from "walbrook";

/** Keeps the totals of orders in a Map, until it is told to end. */
export async function cacheOrders(totals, options) {
  const subscription = await subscribe({
    slot: { name: "order_cache", create: true },
    publication: "shop",
    ...options,
  });
  for await (const event of subscription) {
    if (event.table !== "public.orders") continue;
    switch (event.kind) {
      case "insert":
      case "update":
        totals.set(event.newRow.id, event.newRow.total);
        break;
      case "delete":
        totals.delete(event.key.id);
    }
  }
}
