import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type LogicalMessageEvent,
  type ReplicationEvent,
  type Row,
  UNCHANGED,
} from "@walbrook/walbrook";
import { JsonText, keyText, toJson } from "@walbrook/walbrook/encode";
import {
  annotate,
  annotationsOf,
  changedOnly,
  filter,
  keepRows,
  mask,
  outbox,
  select,
  type Stage,
} from "@walbrook/walbrook/stages";
import {
  BEGIN,
  COMMIT,
  insert,
  message,
  table,
  TRANSACTION,
  TRUNCATE,
  update,
} from "../examples/events.ts";

const ORDERS = table("public.orders", ["id*", "status", "note"]);
const AUDITED = table("public.orders", ["id", "status", "note"], "full");
const RELATION: ReplicationEvent = {
  kind: "relation",
  table: "public.orders",
  transaction: TRANSACTION,
  index: 0,
  relation: ORDERS,
  previous: null,
  changes: [],
};
const INSERT = {
  ...insert({ id: 1, status: "paid", note: "x" }),
  relation: ORDERS,
};
const UPDATE = update(ORDERS, {
  key: { id: 1 },
  oldRow: null,
  newRow: { id: 2, status: "paid", note: UNCHANGED },
});
const FULL = update(AUDITED, {
  key: null,
  oldRow: { id: 1, status: "open", note: "x" },
  newRow: { id: 1, status: "paid", note: "x" },
});

const NEVER_DROPPED = [BEGIN, RELATION, COMMIT];
const STAGES: readonly (readonly [string, Stage])[] = [
  ["filter()", filter(() => false)],
  ["select()", select({ "public.orders": [] })],
  ["mask()", mask({ "public.orders": { note: () => "…" } })],
  ["changedOnly()", changedOnly({ "public.orders": [] })],
  ["annotate()", annotate({ prefix: "audit" })],
  ["outbox()", outbox().stage()],
];

for (const [name, stage] of STAGES) {
  Deno.test(`${name} lets everything pass that acknowledgement hangs on`, () => {
    const kinds = NEVER_DROPPED.map((event) => stage.apply(event)?.kind);
    assertEquals(kinds, ["begin", "relation", "commit"]);
  });
}

Deno.test("filter() drops what it is told to, alone and in a pipe", async () => {
  const onlyDone = () =>
    filter((event) => event.kind !== "insert" && event.kind !== "truncate");
  const events: ReplicationEvent[] = [BEGIN, INSERT, UPDATE, TRUNCATE, COMMIT];
  const expected = [BEGIN, UPDATE, COMMIT];
  const stage = onlyDone();
  assertEquals(events.flatMap((event) => stage.apply(event) ?? []), expected);
  const piped = ReadableStream.from(events).pipeThrough(onlyDone());
  assertEquals(await Array.fromAsync(piped), expected);
});

Deno.test("select() leaves the columns and the key, and describes the table so", () => {
  const stage = select({ "public.orders": ["status"] });
  const event = stage.apply(UPDATE);
  assert(event?.kind === "update");
  assertEquals(event.newRow, { id: 2, status: "paid" });
  assertEquals(event.key, { id: 1 });
  assertEquals(event.relation.columns.map(({ name }) => name), [
    "id",
    "status",
  ]);
  const again = stage.apply(INSERT);
  assert(again?.kind === "insert");
  assert(again.relation === event.relation);
  const full = stage.apply(FULL);
  assert(full?.kind === "update");
  assertEquals([full.newRow, full.oldRow], [{ status: "paid" }, {
    status: "open",
  }]);
});

Deno.test("select() says of a changed table only what is left of it", () => {
  const stage = select({ "public.orders": ["status"] });
  const column = (name: string) => ({
    ...{ name, typeOid: 25, typeModifier: -1, isKey: false },
  });
  const event = stage.apply({
    ...RELATION,
    previous: table("public.orders", ["id*", "status"]),
    changes: [
      { kind: "columnAdded", column: column("note") },
      {
        kind: "columnRetyped",
        previous: column("status"),
        column: column("status"),
      },
      { kind: "tableRenamed", schema: "public", name: "old" },
    ],
  });
  assert(event?.kind === "relation");
  assertEquals(event.changes.map(({ kind }) => kind), [
    "columnRetyped",
    "tableRenamed",
  ]);
});

Deno.test("select() and mask() leave other tables alone", () => {
  for (const stage of [select({ "public.x": [] }), mask({ "public.x": {} })]) {
    assert(stage.apply(INSERT) === INSERT);
    assert(stage.apply(RELATION) === RELATION);
  }
});

Deno.test("mask() replaces values everywhere in an event, but for null and UNCHANGED", () => {
  const stage = mask({
    "public.orders": {
      note: (value) => `<${value}>`,
      id: (id) => Number(id) * 10,
    },
  });
  const event = stage.apply(UPDATE);
  assert(event?.kind === "update");
  assertEquals(event.newRow, { id: 20, status: "paid", note: UNCHANGED });
  assertEquals(event.key, { id: 10 });
  const full = stage.apply(FULL);
  assert(full?.kind === "update");
  assertEquals(full.oldRow, { id: 10, status: "open", note: "<x>" });
  const none = stage.apply({ ...INSERT, newRow: { id: 1, note: null } });
  assert(none?.kind === "insert");
  assertEquals(none.newRow, { id: 10, note: null });
  assertEquals(INSERT.newRow.note, "x");
});

const CHANGED: readonly (readonly [string, ReplicationEvent, boolean])[] = [
  ["an update that changed it", FULL, true],
  [
    "an update that did not",
    { ...FULL, newRow: { ...FULL.newRow, status: "open", note: "y" } },
    false,
  ],
  ["an update without its old value", UPDATE, true],
  [
    "an update that did not send it",
    { ...UPDATE, newRow: { id: 1, status: UNCHANGED } },
    false,
  ],
  ["an insert", INSERT, true],
  ["an update of another table", { ...FULL, relation: table("a.b", []) }, true],
];

for (const [what, event, passes] of CHANGED) {
  Deno.test(`changedOnly() ${passes ? "lets through" : "drops"} ${what}`, () => {
    const stage = changedOnly({ "public.orders": ["status"] });
    assertEquals(stage.apply(event), passes ? event : null);
  });
}

function said(text: string, prefix = "app"): LogicalMessageEvent {
  return { ...message(text), prefix } as LogicalMessageEvent;
}

Deno.test("annotate() puts what was said on all later changes of the transaction", () => {
  const stage = annotate({ prefix: "app" });
  const other = { ...TRANSACTION, commitLsn: 0x17n } as typeof TRANSACTION;
  const events: ReplicationEvent[] = [
    BEGIN,
    INSERT,
    said('{"user": "ada"}'),
    INSERT,
    said("not json"),
    said('{"user": "bob", "request": 7}', "other"),
    said('{"request": 9}'),
    // The same transaction, after another connection was made.
    { ...UPDATE, transaction: { ...TRANSACTION } },
    COMMIT,
    { ...BEGIN, transaction: other } as ReplicationEvent,
    { ...INSERT, transaction: other },
  ];
  const passed = events.flatMap((event) => stage.apply(event) ?? []);
  assertEquals(
    passed.map((event) => [event.kind, annotationsOf(event)]),
    [
      ["begin", null],
      ["insert", null],
      ["insert", { user: "ada" }],
      ["message", { user: "ada" }],
      ["message", { user: "ada" }],
      ["update", { user: "ada", request: 9 }],
      ["commit", { user: "ada", request: 9 }],
      ["begin", null],
      ["insert", null],
    ],
  );
  assertEquals(JSON.parse(toJson(passed[5]!)).transaction.annotations, {
    user: "ada",
    request: 9,
  });
});

Deno.test("annotate() lets its messages through where that is wanted", () => {
  const stage = annotate({ prefix: "app", keepMessages: true });
  assertEquals(stage.apply(said("{}"))?.kind, "message");
});

const OUTBOX_ROW = {
  id: "0b9c4b6e-54a3-4f6e-9d3f-1b7e7c2c1a11",
  aggregatetype: "order",
  aggregateid: "17",
  type: "order.placed",
  payload: { total: "31.00" },
};
const OUTBOX_TABLE = table("public.outbox", [
  "id*",
  ...Object.keys(OUTBOX_ROW)
    .slice(1),
]);
const PLACED: ReplicationEvent = {
  ...insert(OUTBOX_ROW),
  table: "public.outbox",
  relation: OUTBOX_TABLE,
};

Deno.test("outbox() lets only messages through, keyed by what they are about", () => {
  const stage = outbox().stage();
  const event = stage.apply(PLACED);
  assert(event?.kind === "insert");
  assertEquals(keyText(event), "public.outbox/order,17");
  assertEquals(event.key, { aggregatetype: "order", aggregateid: "17" });
  for (const dropped of [INSERT, UPDATE, TRUNCATE, message("x")]) {
    assertEquals(stage.apply(dropped), null);
  }
  // What is acknowledged by itself may not be lost on the way.
  assertEquals(stage.apply(message("x", null))?.kind, "message");
  const { newRow: _, ...row } = PLACED;
  assertEquals(stage.apply({ ...row, kind: "delete", oldRow: null }), null);
});

Deno.test("outbox() reads messages as they were typed", () => {
  const orders = outbox<{ "order.placed": { total: string } }>();
  const message = orders.receive(PLACED);
  assertEquals(message?.type, "order.placed");
  assertEquals(message?.payload.total, "31.00");
  assertEquals(message?.aggregateId, "17");
  assertEquals(orders.receive(INSERT), null);
  const text = new JsonText('{"total": "31.00"}');
  const newRow = { ...OUTBOX_ROW, payload: text };
  assertEquals(orders.receive({ ...PLACED, newRow })?.payload, {
    total: "31.00",
  });
  // @ts-expect-error: there is no message of this type.
  void (() => orders.insert(null!, { type: "order.gone", payload: {} }));
});

Deno.test("outbox() refuses what is no table's name", () => {
  assertThrows(() => outbox({ table: "outbox" }), SyntaxError, '"outbox"');
  assertEquals(
    outbox({ table: 'App."v1.""outbox"' }).createTable.split("\n")[0],
    'CREATE TABLE IF NOT EXISTS "App"."v1.""outbox" (',
  );
});

Deno.test("keepRows() puts, moves, removes and clears", async () => {
  const rows = new Map<string, Row>();
  const keep = async (...events: readonly ReplicationEvent[]) => {
    for (const event of events) await keepRows(event, () => rows);
    return [...rows.values()];
  };
  const insertion = { ...INSERT, key: { id: 1 } };
  // An update of a row that is not there yet leaves out what has not changed.
  assertEquals(await keep(UPDATE), [{ id: 2, status: "paid" }]);
  const [before, after] = [INSERT.newRow, UPDATE.newRow];
  assertEquals(await keep(TRUNCATE, BEGIN, insertion, COMMIT), [before]);
  assertEquals(await keep(UPDATE), [{ ...after, note: before.note }]);
  assertEquals(rows.size, 1);
});

Deno.test("keepRows() refuses a table without a key", async () => {
  await assertRejects(
    () => keepRows(FULL, () => new Map()),
    TypeError,
    "public.orders",
  );
});
