import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import {
  AcknowledgeStream,
  type ReplicationEvent,
  subscribe,
  type Subscription,
  UNCHANGED,
} from "../../mod.ts";
import {
  RouteError,
  Router,
  RowError,
  type SchemaChange,
  SchemaChangeError,
  table,
} from "../../src/router/mod.ts";
import { deliver, DeliveryError } from "../../src/sink/mod.ts";
import {
  type ServerContext,
  testOnOldestAndNewest,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { tables } from "../types/fixtures/example_tables.ts";
import { EXAMPLE_CHANGES, EXAMPLE_SCHEMA } from "./example_schema.ts";
import * as z from "zod";

interface Order {
  readonly id: bigint;
  readonly customer: string;
  readonly total: string;
}

const orders = table<Order>()("public.orders", "id");

async function follow(
  { server }: ServerContext,
  acknowledge: "consumed" | "manual" = "consumed",
  name = "routed",
): Promise<Subscription> {
  return await subscribe({
    connection: server.url,
    slot: { name, create: true },
    publication: "examples",
    acknowledge,
    // So that a broken router is no endless test.
    signal: AbortSignal.timeout(60_000),
  });
}

async function runUntil(
  subscription: AsyncIterable<ReplicationEvent>,
  router: Router<never> | Router,
  isLast: (event: ReplicationEvent) => boolean,
): Promise<void> {
  for await (const event of subscription) {
    await (router as Router).handle(event);
    if (isLast(event)) break;
  }
}

const isCommit = ({ kind }: ReplicationEvent) => kind === "commit";

testOnPostgres(
  "Router calls handlers in order, in a loop, a pipe and a delivery",
  async (context) => {
    const { sql } = context;
    await sql(EXAMPLE_SCHEMA);
    const seen: string[] = [];
    let busy = 0;
    const note = async (text: string) => {
      assertEquals(busy++, 0, "a handler was called while another one ran");
      await new Promise((resolve) => setTimeout(resolve));
      seen.push(text);
      busy--;
    };
    const router = new Router().on(orders, {
      insert: ({ newRow: { id } }) => note(`insert ${id}`),
      update: ({ key, newRow: { total } }) =>
        note(`update ${key?.id} ${String(total)}`),
      delete: ({ key }) => note(`delete ${key?.id}`),
      truncate: ({ table, event }) =>
        note(`truncate ${table} of ${event.relations.length}`),
    });
    const expected = [
      ...["insert 1", "insert 2", "update 2 3.25", "delete 1"],
      "truncate public.orders of 2",
    ];
    const changes = `BEGIN;${EXAMPLE_CHANGES};
      TRUNCATE orders, articles; COMMIT; TRUNCATE outbox`;
    {
      await using subscription = await follow(context);
      await sql(changes);
      await runUntil(subscription, router, isCommit);
      assertEquals(seen.splice(0), expected);
    }
    {
      await using subscription = await follow(context, "manual");
      const before = subscription.progress.confirmed;
      await sql(changes);
      const end = (await sql("SELECT pg_current_wal_lsn()"))[0]![0]!;
      await subscription.readable
        .pipeThrough(router.stage())
        .pipeThrough(new AcknowledgeStream(subscription))
        .pipeTo(
          new WritableStream({
            write(event) {
              if (event.kind === "commit" && seen.length === 5) {
                throw new RangeError(`enough, ${end}`);
              }
            },
          }),
        ).catch((error) => assertInstanceOf(error, RangeError));
      assertEquals(seen.splice(0), expected);
      assert(subscription.progress.confirmed >= before);
    }
    {
      await using subscription = await follow(context, "manual");
      await sql(changes);
      // Changes of one key are in order; one lane keeps the order of all.
      await using sink = deliver(subscription, router, { lanes: 1 });
      await waitFor(() => seen.length >= 5, sink.done);
      assertEquals(seen.splice(0), expected);
      await sink.close();
    }
  },
  { majors: [18] },
);

testOnPostgres(
  "a delivery calls handlers of different keys at the same time, and those of one key in order",
  async (context, t) => {
    const { sql } = context;
    await sql(EXAMPLE_SCHEMA);
    for (const lanes of [16, 1]) {
      await t.step(`${lanes} lanes`, async () => {
        const seen = new Map<bigint, string[]>();
        let busy = 0;
        let most = 0;
        let failures = 0;
        const keep = async (id: bigint, total: string) => {
          most = Math.max(most, ++busy);
          await turn();
          busy--;
          if (id === 3n && failures++ < 3) throw new Error("try again");
          seen.set(id, [...seen.get(id) ?? [], total]);
        };
        const router = new Router().on(orders, {
          insert: ({ newRow }) => keep(newRow.id, newRow.total),
          update: ({ newRow }) => keep(newRow.id, String(newRow.total)),
        });
        await using subscription = await follow(
          context,
          "manual",
          `lanes_${lanes}`,
        );
        await using sink = deliver(subscription, router, {
          lanes,
          // In one lane, all changes of a key are in one batch.
          batch: lanes === 1 ? { items: 100, lingerMs: 200 } : { items: 2 },
          retry: { initialDelayMs: 1 },
        });
        await sql(
          `BEGIN; INSERT INTO orders SELECT id, 'Ada', 0 FROM generate_series(1, 20) id;
          UPDATE orders SET total = 1; UPDATE orders SET total = 2; COMMIT`,
        );
        const all = () => [...seen.values()];
        await waitFor(() => all().flat().length >= 60, sink.done);
        assertEquals(all(), Array.from({ length: 20 }, () => ["0", "1", "2"]));
        assertEquals(most > 1, lanes > 1);
        assert(failures > 3);
        await sql("TRUNCATE orders");
      });
    }
  },
  { majors: [18] },
);

testOnPostgres(
  "an error names the table, the key and the version of the change",
  async (context) => {
    const { sql } = context;
    await sql(EXAMPLE_SCHEMA);
    const router = new Router({ name: "billing" }).on(orders, {
      insert: ({ newRow }) => {
        if (newRow.customer === "Bob") throw new TypeError("no Bobs");
      },
    });
    await using subscription = await follow(context);
    await sql(EXAMPLE_CHANGES);
    const error = await assertRejects(
      () => runUntil(subscription, router, isCommit),
      RouteError,
      "Cannot handle the insert of public.orders/2 (",
    );
    assertEquals(
      [error.kind, error.table, error.key],
      ["insert", "public.orders", "public.orders/2"],
    );
    assert(/^[\da-f]{16}-00000001$/.test(error.version), error.version);
    assert(error.message.endsWith("): no Bobs"));
    assertInstanceOf(error.cause, TypeError);
  },
  { majors: [18] },
);

testOnPostgres(
  "deliver() takes a row that a schema refuses for poison, and goes on with other keys",
  async (context) => {
    const { sql } = context;
    await sql(EXAMPLE_SCHEMA);
    const checked = table(
      "public.orders",
      z.object({
        id: z.bigint(),
        customer: z.string().max(3),
        total: z.string(),
      }),
      { key: ["id"] },
    );
    const seen: bigint[] = [];
    let failures = 0;
    const router = new Router().on(checked, {
      insert: ({ newRow }) => {
        if (newRow.id === 3n && failures++ < 2) throw new Error("try again");
        seen.push(newRow.id);
      },
    });
    await using subscription = await follow(context, "manual");
    const letters: string[] = [];
    await using sink = deliver(subscription, router, {
      retry: { initialDelayMs: 1 },
      poison: ({ error }) => {
        letters.push(error);
        return Promise.resolve();
      },
    });
    await sql(
      "INSERT INTO orders VALUES (1, 'Adalbert', 1), (2, 'Bob', 2), (3, 'Cy', 3)",
    );
    await waitFor(() => seen.length >= 2 && letters.length >= 1, sink.done);
    assertEquals(seen.toSorted(), [2n, 3n]);
    assertEquals(failures, 3);
    assertEquals(letters.length, 1);
    assert(
      letters[0]!.includes("Cannot use a row of public.orders: customer: "),
      letters[0],
    );
  },
  { majors: [18] },
);

testOnPostgres(
  "an update with values that are unchanged is validated by column, or handed to onPartial",
  async (context) => {
    const { sql } = context;
    await sql(EXAMPLE_SCHEMA);
    await using subscription = await follow(context);
    await sql(EXAMPLE_CHANGES);
    const events: ReplicationEvent[] = [];
    for await (const event of subscription) {
      events.push(event);
      if (event.kind === "update" && event.table === "public.articles") break;
    }
    const update = events.at(-1)!;
    const columns = {
      id: z.number().transform((id) => id * 10),
      title: z.string().transform((title) => title.length),
      body: z.string(),
    };
    const rows: unknown[] = [];
    const take = {
      update: ({ newRow }: { newRow: unknown }) => void rows.push(newRow),
    };
    const byColumn = table("public.articles", z.object(columns), {
      key: ["id"],
    });
    await new Router().on(byColumn, {
      update({ key, newRow }) {
        rows.push(newRow);
        assertEquals(key, { id: 70 });
      },
    }).handle(update);

    const ruled = z.object(columns).refine(({ body }) => body !== "");
    await assertRejects(
      () =>
        new Router().on(table("public.articles", ruled), take).handle(update),
      RouteError,
      'an update omits "body", which did not change',
    );
    const told: unknown[] = [];
    const completed = table("public.articles", ruled, {
      onPartial: async (row, unchanged) => {
        told.push(unchanged);
        return await ruled.parseAsync({ ...row, body: "of the database" });
      },
    });
    await new Router().on(completed, take).handle(update);
    const passedOver = table("public.articles", ruled, {
      onPartial: () => null,
    });
    assertEquals(
      await new Router().on(passedOver, take).handle(update),
      false,
    );
    const given = table("public.articles", ruled, { columns });
    await new Router().on(given, take).handle(update);
    assertEquals(told, [["body"]]);
    assertEquals(rows, [
      { id: 70, title: 11, body: UNCHANGED },
      { id: 70, title: 11, body: "of the database" },
      { id: 70, title: 11, body: UNCHANGED },
    ]);
  },
  { majors: [18] },
);

const BREAKING = [
  [
    "ALTER TABLE orders RENAME total TO sum",
    'column "total" was renamed to "sum"',
  ],
  ["ALTER TABLE orders DROP total", 'column "total" was dropped'],
  [
    "ALTER TABLE orders ALTER total TYPE float8 USING total::float8",
    'column "total" has another type (OID 701 instead of 1700)',
  ],
  [
    "ALTER TABLE orders RENAME TO sales",
    "the table was renamed to public.sales",
  ],
  [
    "ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY (id, customer)",
    "the key is now (id, customer)",
  ],
] as const;

testOnOldestAndNewest(
  "a change of a table that its handlers can't bear stops the router",
  async (context, t) => {
    const { sql } = context;
    for (const [i, [change, message]] of BREAKING.entries()) {
      await t.step(change, async () => {
        await sql(`DROP TABLE IF EXISTS orders, sales, outbox, articles;
        DROP PUBLICATION IF EXISTS examples; ${EXAMPLE_SCHEMA}
        ALTER TABLE orders ADD old int`);
        const seen: bigint[] = [];
        const router = new Router({ tables }).on(orders, {
          insert: ({ newRow }) => void seen.push(newRow.id),
        });
        const slot = `routed_${i}`;
        await using subscription = await follow(context, "consumed", slot);
        const running = runUntil(subscription, router, () => false);
        // What has changed is known surely where the stream is not behind.
        const insert = async (id: number, sqlBefore: string) => {
          await sql(
            `${sqlBefore}; INSERT INTO orders VALUES (${id}, 'Ada', ${id})`,
          );
          await waitFor(() => seen.includes(BigInt(id)), running);
        };
        await insert(2, "SELECT 1");
        await insert(3, "ALTER TABLE orders ADD more int");
        await insert(4, "ALTER TABLE orders DROP old");
        await sql(
          `${change}; INSERT INTO ${
            change.includes("sales") ? "sales" : "orders"
          } VALUES (5, 'Ed')`.replace(
            "'Ed')",
            hasTotal(change) ? "'Ed', 5)" : "'Ed')",
          ),
        );
        const error = await assertRejects(
          () => running,
          SchemaChangeError,
          `Cannot continue with public.orders: ${message}; adapt`,
        );
        assertEquals(seen, [2n, 3n, 4n]);
        assertEquals(error.change.table, "public.orders");
        await subscription.close();
        // The next run finds out by what it knows of the table.
        if (!change.includes("sales")) {
          await using again = await follow(context, "consumed", slot);
          const next = new Router({ tables }).on(orders, {});
          await assertRejects(
            () => runUntil(again, next, () => false),
            SchemaChangeError,
          );
        }
      });
    }
  },
);

function hasTotal(change: string): boolean {
  return !change.includes("DROP total");
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Waits for a condition; fails if what should bring it about ends, or after a minute. */
async function waitFor(
  condition: () => boolean,
  running: Promise<unknown>,
): Promise<void> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  running.then(over, over);
  const end = Date.now() + 60_000;
  while (!condition()) {
    if (isOver) await running;
    assert(!isOver && Date.now() < end, "it has not happened");
    await turn();
  }
}

testOnPostgres(
  'with "continue" a column that is gone throws when it is read, and is never undefined',
  async (context) => {
    const { sql } = context;
    await sql(EXAMPLE_SCHEMA);
    const changes: SchemaChange[] = [];
    const seen: unknown[] = [];
    const router = new Router({
      onSchemaChange(change) {
        changes.push(change);
        return "continue";
      },
    }).on(orders, {
      insert({ newRow }) {
        seen.push(newRow.id);
        if (newRow.id >= 2n) seen.push(newRow.total);
      },
    });
    await using subscription = await follow(context);
    await sql("INSERT INTO orders VALUES (0, 'Al', 0)");
    await sql("ALTER TABLE orders RENAME total TO sum");
    await sql("INSERT INTO orders VALUES (1, 'Ada', 1), (2, 'Bob', 2)");
    const error = await assertRejects(
      () => runUntil(subscription, router, () => false),
      RouteError,
      'the table no longer has column "total"',
    );
    assertInstanceOf(error.cause, RowError);
    assertEquals(seen, [0n, 1n, 2n]);
    assertEquals(
      changes.map(({ table, differences }) => [
        table,
        differences.map(({ kind }) => kind),
      ]),
      [["public.orders", ["columnRenamed"]]],
    );
  },
  { majors: [18] },
);

testOnPostgres(
  "a change of a table stops a delivery, unacknowledged",
  async (context) => {
    const { sql } = context;
    await sql(EXAMPLE_SCHEMA);
    const router = new Router().on(orders, { insert: () => {} });
    await using subscription = await follow(context, "manual");
    await using sink = deliver(subscription, router);
    await sql("INSERT INTO orders VALUES (0, 'Al', 0)");
    await sql(
      "ALTER TABLE orders RENAME total TO sum; INSERT INTO orders VALUES (1, 'Ada', 1)",
    );
    const error = await assertRejects(() => sink.done, DeliveryError);
    assertInstanceOf(error.cause, SchemaChangeError);
  },
  { majors: [18] },
);
