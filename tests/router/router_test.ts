import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Column, Relation, RelationEvent } from "@walbrook/walbrook";
import {
  RouteError,
  Router,
  type RouterOptions,
  RowError,
  type SchemaChange,
  SchemaChangeError,
  table,
} from "@walbrook/walbrook/router";
import { type Delivery, DestinationError } from "@walbrook/walbrook/sink";
import { insert, table as relationOf } from "../examples/events.ts";

const ORDERS = "public.orders";
const { signal } = new AbortController();

function column(name: string): Column {
  return { name, typeOid: 25, typeModifier: -1, isKey: name === "id" };
}

function delivery(id: number): Delivery {
  const event = { ...insert({ id, note: "x" }), key: { id } };
  return { id: `${id}`, key: `${ORDERS}/${id}`, event, body: event };
}

/** Builds the event of a table's new description. */
function described(
  now: Relation,
  changes: RelationEvent["changes"] = [],
  previous: Relation | null = null,
): RelationEvent {
  return {
    kind: "relation",
    table: `${now.schema}.${now.name}`,
    transaction: null,
    index: 0,
    relation: now,
    previous,
    changes,
  };
}

Deno.test("Router.write() skips changes that follow a failure of the same key", async () => {
  const handled: unknown[] = [];
  const router = new Router().on(ORDERS, {
    insert({ newRow }) {
      handled.push(newRow["id"]);
      if (newRow["id"] === 7) throw new Error("busy");
    },
  });
  const batch = [7, 1, 7, 2].map(delivery);
  const failures = await router.write(batch, { attempt: 0, signal });
  assertEquals(handled, [7, 1, 2]);
  assertEquals(failures.map(({ index }) => index), [0]);
  assert(failures[0]!.error instanceof RouteError);
  assertEquals(failures[0]!.retryable, true);
});

const OUTCOMES: readonly [
  what: string,
  error: Error,
  retryable: boolean,
  retryAfterMs: number | undefined,
][] = [
  ["any error", new Error("busy"), true, undefined],
  [
    "a DestinationError",
    new DestinationError("busy", { retryAfterMs: 50 }),
    ...[true, 50] as const,
  ],
  [
    "a DestinationError that says that a retry is useless",
    new DestinationError("422", { retryable: false }),
    ...[false, 0] as const,
  ],
  [
    "a row that does not match",
    new RowError(ORDERS, [{ message: "no note" }]),
    ...[false, undefined] as const,
  ],
];

for (const [what, error, retryable, retryAfterMs] of OUTCOMES) {
  Deno.test(`Router.write() ${retryable ? "retries" : "does not retry"} ${what}`, async () => {
    const router = new Router().on(ORDERS, {
      insert() {
        throw error;
      },
    });
    const [failure] = await router.write([delivery(1)], { attempt: 0, signal });
    assertEquals(failure?.retryable, retryable);
    assertEquals(failure?.retryAfterMs, retryAfterMs);
  });
}

Deno.test("Router.write() throws a fatal DestinationError of a handler", async () => {
  const router = new Router().on(ORDERS, {
    insert() {
      throw new DestinationError("closed", { fatal: true });
    },
  });
  const error = await assertRejects(
    () => router.write([delivery(1)], { attempt: 0, signal }),
    DestinationError,
  );
  assertEquals(error.fatal, true);
});

Deno.test("Router.write() does not retry the event of a changed table", async () => {
  const router = new Router().on(ORDERS, { insert() {} });
  const note = column("note");
  const event = described(relationOf(ORDERS, ["id*"]), [
    { kind: "columnDropped", column: note },
  ]);
  const change = { id: "1", key: null, event, body: event };
  const [failure] = await router.write([change], { attempt: 0, signal });
  assert(failure?.error instanceof SchemaChangeError);
  assertEquals(failure.retryable, false);
});

Deno.test("Router.on() refuses a second set of handlers for a table, and accepts the kinds of all sets", () => {
  const router = new Router().on(ORDERS, { insert() {} });
  router.on("public.items", { delete() {} });
  assertEquals(router.accepts, ["relation", "insert", "delete"]);
  assertThrows(() => router.on(ORDERS, {}), TypeError, ORDERS);
});

Deno.test("Router.handle() compares a renamed table with the handlers of its old and its new name", async () => {
  const old = relationOf(ORDERS, ["id*", "note"]);
  const renamed = relationOf("public.bills", ["id*", "note"]);
  const changes: SchemaChange[] = [];
  const router = new Router({
    onSchemaChange: (change) => (changes.push(change), "continue"),
  });
  router.on(ORDERS, { insert() {} });
  router.on(table<{ total: string }>()("public.bills", "total"), {});
  await router.handle(
    described(renamed, [{ kind: "tableRenamed" } as never], old),
  );
  assertEquals(
    changes.map(({ table, differences }) => [
      table,
      differences.map(({ kind }) => kind),
    ]),
    [[ORDERS, ["tableRenamed"]], ["public.bills", ["keyDiffers"]]],
  );
});

Deno.test("Router.handle() passes rows whose lost column throws when it is read, until it is added again", async () => {
  const read: unknown[] = [];
  const router = new Router({ onSchemaChange: () => "continue" });
  router.on(ORDERS, {
    insert({ newRow }) {
      read.push(newRow["note"]);
    },
  });
  const [narrow, wide] = [["id*"], ["id*", "note"]].map((columns) =>
    relationOf(ORDERS, columns)
  ) as [Relation, Relation];
  const note = column("note");
  await router.handle(
    described(narrow, [{ kind: "columnDropped", column: note }], wide),
  );
  const error = await assertRejects(
    () => router.handle(insert({ id: 1 })),
    RouteError,
  );
  assert(error.cause instanceof RowError);
  // The column stays lost when the table is described again without it.
  await router.handle(described(narrow, [], narrow));
  await assertRejects(() => router.handle(insert({ id: 2 })), RouteError);
  await router.handle(
    described(wide, [{ kind: "columnAdded", column: note }], narrow),
  );
  await router.handle(insert({ id: 3, note: "x" }));
  assertEquals(read, ["x"]);
});

for (
  const [name, policy, stops] of [
    ["stop", "stop", true],
    ["a function that says stop", () => "stop", true],
    ["a function that says continue", () => "continue", false],
  ] as [string, Required<RouterOptions>["onSchemaChange"], boolean][]
) {
  Deno.test(`Router.handle() follows the policy for changed tables: ${name}`, async () => {
    const router = new Router({ onSchemaChange: policy });
    router.on(ORDERS, { insert() {} });
    const event = described(relationOf(ORDERS, ["id*"]), [
      { kind: "columnDropped", column: column("note") },
    ]);
    const handling = router.handle(event);
    if (stops) await assertRejects(() => handling, SchemaChangeError);
    else assertEquals(await handling, false);
  });
}
