import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Row, UNCHANGED } from "@walbrook/walbrook";
import {
  deserializeEvent,
  JsonText,
  serializeEvent,
} from "@walbrook/walbrook/encode";
import { COMMIT, insert, message, TRUNCATE } from "../examples/events.ts";
import { VALUES } from "../values/value_table.ts";

for (const event of [COMMIT, TRUNCATE, message(Uint8Array.of(0, 255))]) {
  Deno.test(`deserializeEvent() makes the same ${event.kind} again`, () => {
    assertEquals(deserializeEvent(serializeEvent(event)), event);
  });
}

Deno.test("deserializeEvent() makes every value of the server again", () => {
  const newRow: Row = Object.fromEntries(
    VALUES.map(([, , value], i) => [`c${i}`, value]),
  );
  const event = insert({
    ...newRow,
    toast: UNCHANGED,
    date: new Date(5),
    json: new JsonText("1e400"),
    tag: { $bigint: "1" },
    nested: [{ $object: [] }, [undefined]],
  });
  const text = serializeEvent(event);
  assertEquals(text.includes("\n"), false);
  assertEquals(deserializeEvent(text), event);
  JSON.parse(text);
});

Deno.test("deserializeEvent() makes any document again", () => {
  fc.assert(fc.property(
    fc.object({
      values: [
        fc.string({ unit: "binary" }),
        fc.double(),
        fc.bigInt(),
        fc.boolean(),
        fc.constant(null),
        fc.uint8Array(),
        fc.constant(UNCHANGED),
      ],
      key: fc.oneof(
        fc.string(),
        fc.constantFrom("$bigint", "$object", "$", "__proto__"),
      ),
    }),
    (document) => {
      const event = insert({ document });
      assertEquals(deserializeEvent(serializeEvent(event)), event);
    },
  ));
});

Deno.test("serializeEvent() refuses what it could not read again", () => {
  assertThrows(
    () => serializeEvent(insert({ at: new Map() })),
    TypeError,
    "Cannot write an object of class Map",
  );
});

for (const text of ["{", "[]", "1", "{}", '{"kind":{"$what":1}}']) {
  Deno.test(`deserializeEvent() refuses ${text}`, () => {
    assertThrows(() => deserializeEvent(text), SyntaxError);
  });
}
