import { assertEquals } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import { fakeServer } from "@walbrook/walbrook/testing";
import { testInTime } from "../helpers/test_in_time.ts";

interface Tables {
  "public.orders": { readonly id: bigint; readonly total: string };
}

testInTime(
  "fakeServer<Tables>() knows tables, columns and values",
  async () => {
    using server = fakeServer<Tables>({
      publication: "shop",
      tables: {
        "public.orders": {
          columns: { id: "bigint", total: "numeric(10,2)" },
          primaryKey: "id",
        },
      },
    });
    const subscription = await subscribe<Tables>({
      ...server.options,
      slot: { name: "s", create: true },
      publication: "shop",
      until: server.insert("public.orders", { id: 1n }).endLsn,
    });
    server.transaction((transaction) => {
      transaction.insert("public.orders", { id: 2n, total: "1" });
      transaction.update("public.orders", { id: 2n }, { total: "2" });
      // @ts-expect-error: there is no such column.
      transaction.update.bind(transaction, "public.orders", { no: 2n });
    });
    for await (const event of subscription) void event;
    await subscription.close();
    assertEquals(server.rows("public.orders").at(-1), {
      id: "2",
      total: "2.00",
    });
    const mistakes = [
      // @ts-expect-error: there is no such table.
      () => server.insert("public.customers", { id: 1n }),
      // @ts-expect-error: there is no such column.
      () => server.insert("public.orders", { name: "x" }),
      // @ts-expect-error: it is a bigint.
      () => server.update("public.orders", { id: "1" }, {}),
      // @ts-expect-error: there is no such table.
      () => server.truncate(["public.customers"]),
    ];
    assertEquals(mistakes.length, 4);
  },
);
