import { assertEquals, assertThrows } from "@std/assert";
import {
  ARRAY_TYPE_OID,
  createCodecFinder,
  TYPE_OID,
} from "@walbrook/walbrook/values";

const codecFor = createCodecFinder();
const UTF8 = new TextEncoder();
// The largest double has 309 digits.
const LARGEST = "1797693134862315" + "0".repeat(293);
const TOO_LARGE = "1" + "0".repeat(309);

function binaryOf(type: "json" | "jsonb", text: string): Uint8Array {
  const bytes = UTF8.encode(text);
  return type === "json" ? bytes : Uint8Array.of(1, ...bytes);
}

const BEYOND: readonly (readonly [what: string, text: string])[] = [
  ["a number of 310 digits", TOO_LARGE],
  ["a negative one", `-${TOO_LARGE}`],
  ["one with a fraction", `${TOO_LARGE}.5`],
  ["one within an array", `[1, [2, ${TOO_LARGE}]]`],
  ["one within an object", `{"a": {"b": [null, {"c": ${TOO_LARGE}}]}}`],
  ["one behind a text", `{"a": "${"x".repeat(400)}", "b": ${TOO_LARGE}}`],
];

for (const [what, text] of BEYOND) {
  for (const type of ["json", "jsonb"] as const) {
    Deno.test(`${type} with ${what} is refused, for no double holds it`, () => {
      const codec = codecFor(type === "json" ? TYPE_OID.JSON : TYPE_OID.JSONB);
      const bytes = binaryOf(type, text);
      for (
        const read of [
          () => codec.fromText(text),
          () => codec.fromBinary(bytes, 0, bytes.length),
        ]
      ) {
        assertThrows(read, RangeError, "asText");
      }
      // What it is delivered as instead.
      assertEquals(codec.toText(bytes, 0, bytes.length), text);
    });
  }
}

// Only json keeps what was written.
for (const text of ["1e400", "-1E+309", '{"a": [1e999]}', "10000e305"]) {
  Deno.test(`json of ${text} is refused, for no double holds it`, () => {
    const { fromText } = codecFor(TYPE_OID.JSON);
    assertThrows(() => fromText(text), RangeError, "asText");
  });
}

Deno.test("an array of jsonb with a number that no double holds is refused", () => {
  const { fromText } = codecFor(ARRAY_TYPE_OID.JSONB);
  assertThrows(() => fromText(`{1,${TOO_LARGE}}`), RangeError, "asText");
});

Deno.test("json with all that a double holds is read, rounded", () => {
  const doubles = [LARGEST, `-${LARGEST}`, "1.5", "9007199254740993", "-0"];
  for (const type of [TYPE_OID.JSON, TYPE_OID.JSONB]) {
    const text = `{"numbers": [${doubles}], "text": "1e400 ${TOO_LARGE}"}`;
    assertEquals<unknown>(codecFor(type).fromText(text), {
      numbers: doubles.map(Number),
      text: `1e400 ${TOO_LARGE}`,
    });
  }
  const { fromText } = codecFor(TYPE_OID.JSON);
  assertEquals(fromText("1e-400"), 0);
  assertEquals<unknown>(fromText('[null, true, "", {}]'), [null, true, "", {}]);
});

Deno.test("json that is nested as deep as a server takes it is read", () => {
  const depth = 6000;
  const text = "[".repeat(depth) + "]".repeat(depth);
  assertEquals(JSON.stringify(codecFor(TYPE_OID.JSON).fromText(text)), text);
  assertEquals(JSON.stringify(codecFor(TYPE_OID.JSONB).fromText(text)), text);
});
