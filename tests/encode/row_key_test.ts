import { assertEquals } from "@std/assert";
import type { DeleteEvent, Relation, Row } from "@walbrook/walbrook";
import { UNCHANGED } from "@walbrook/walbrook";
import { keyOf, keyText, previousKeyOf } from "@walbrook/walbrook/encode";
import { insert, table, update } from "../examples/events.ts";

const ORDERS = table("public.orders", ["id*", "status"]);
const ITEMS = table("public.items", ["order*", "position*", "name"]);
const FULL = table("public.log", ["id", "text"], "full");
const NOTHING = table("public.log", ["id", "text"], "nothing");

function inserted(relation: Relation, newRow: Row) {
  return { ...insert({}), relation, newRow };
}

function deleted(relation: Relation, key: Row | null, oldRow: Row | null) {
  const { newRow: _, ...rest } = insert({});
  return {
    ...rest,
    kind: "delete",
    relation,
    key,
    oldRow,
  } satisfies DeleteEvent;
}

Deno.test("keyOf() is the key after the change, of a deleted row the one it had", () => {
  assertEquals(keyOf(inserted(ORDERS, { id: 1, status: "a" })), { id: 1 });
  const moved = update(ORDERS, {
    key: { id: 1 },
    oldRow: null,
    newRow: { id: 2, status: "a" },
  });
  assertEquals(keyOf(moved), { id: 2 });
  assertEquals(previousKeyOf(moved), { id: 1 });
  assertEquals(keyOf(deleted(ORDERS, { id: 1 }, null)), { id: 1 });
  assertEquals(previousKeyOf(deleted(ORDERS, { id: 1 }, null)), null);
});

Deno.test("keyOf() has the columns of the key, in the table's order", () => {
  const event = inserted(ITEMS, { name: "x", position: 3, order: 17 });
  assertEquals(Object.entries(keyOf(event)!), [["order", 17], ["position", 3]]);
  assertEquals(keyText(event), "public.items/17,3");
});

Deno.test("keyOf() finds none where the replica identity names none", () => {
  for (const relation of [FULL, NOTHING]) {
    assertEquals(keyOf(inserted(relation, { id: 1, text: "x" })), null);
    assertEquals(keyText(inserted(relation, { id: 1, text: "x" })), null);
  }
});

Deno.test("keyOf() takes the columns that the caller names", () => {
  const keys = { "public.log": ["id"] };
  const before = { id: 1, text: "x" };
  assertEquals(keyOf(deleted(FULL, null, before), { keys }), { id: 1 });
  const moved = update(FULL, {
    key: null,
    oldRow: before,
    newRow: { id: 2, text: "x" },
  });
  assertEquals(keyOf(moved, { keys }), { id: 2 });
  assertEquals(previousKeyOf(moved, { keys }), { id: 1 });
  assertEquals(keyText(moved, { keys }), "public.log/2");
});

Deno.test("keyOf() is null where the server did not send all of the key", () => {
  const keys = { "public.orders": ["id", "status"] };
  assertEquals(keyOf(deleted(ORDERS, { id: 1 }, null), { keys }), null);
  const event = update(ORDERS, {
    key: { id: 1 },
    oldRow: null,
    newRow: { id: 1, status: UNCHANGED },
  });
  assertEquals(keyOf(event, { keys }), null);
  assertEquals(keyText(event, { keys }), null);
});

const SAME: readonly (readonly [unknown, unknown, boolean])[] = [
  [1n, 1n, true],
  [1, 2, false],
  [NaN, NaN, true],
  [Uint8Array.of(1, 2), Uint8Array.of(1, 2), true],
  [Uint8Array.of(1, 2), Uint8Array.of(1, 3), false],
  [{ a: [1n] }, { a: [1n] }, true],
  [{ a: 1 }, { b: 1 }, false],
  [new Date(1), new Date(1), true],
  [new Date(1), new Date(2), false],
  [null, "", false],
];

for (const [before, after, isSame] of SAME) {
  const name = `${Deno.inspect(before)} and ${Deno.inspect(after)}`;
  Deno.test(`previousKeyOf() takes ${name} for ${isSame ? "the same" : "two"}`, () => {
    const event = update(ORDERS, {
      key: { id: before },
      oldRow: null,
      newRow: { id: after, status: "a" },
    });
    assertEquals(previousKeyOf(event), isSame ? null : { id: before });
  });
}

Deno.test("keyText() is another for each key", () => {
  const values: readonly (readonly [unknown, unknown])[] = [
    ["a,b", "c"],
    ["a", "b,c"],
    ["", "%"],
    ["%", ""],
    [null, ""],
    ["null", ""],
    ["a/b", "ä"],
    [1n, "2"],
    [Uint8Array.of(1), { a: 1 }],
    ["\ud800", "x"],
  ];
  const texts = values.map(([order, position]) =>
    keyText(inserted(ITEMS, { order, position, name: "x" }))
  );
  assertEquals(new Set(texts).size, values.length);
  assertEquals(texts[0], "public.items/a%2Cb,c");
  assertEquals(texts[4], "public.items/%,");
});
