import { assertEquals } from "@std/assert";
import { EventIterator } from "../../../src/subscription/views/event_iterator.ts";
import type { SubscriptionSource } from "../../../src/subscription/views/subscription_source.ts";
import { Script, transactionOf } from "./script.ts";

Deno.test("EventIterator hands out nothing that arrives after return()", async () => {
  const arrival = Promise.withResolvers<void>();
  const events = transactionOf(10, 1);
  const source: SubscriptionSource = {
    ...new Script([]).source(),
    next: async () => {
      await arrival.promise;
      return events;
    },
  };
  const iterator = new EventIterator(source);
  const waiting = iterator.next();
  const returned = iterator.return();
  arrival.resolve();
  assertEquals(await waiting, { done: true, value: undefined });
  await returned;
  assertEquals(iterator.take(), undefined);
});
