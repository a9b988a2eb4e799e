import { assertEquals, assertThrows } from "@std/assert";
import { asNumber } from "../../src/values/as_number.ts";
import { asText } from "../../src/values/codec/as_text.ts";
import { ARRAY_TYPE_OID, TYPE_OID } from "../../src/values/type_oid.ts";
import type { TypeParsers } from "../../src/values/own_parsers.ts";
import type { TypeName } from "../../src/values/type_name.ts";
import { createCodecFinder } from "../../src/values/codec_finder.ts";

const OWN_OID = 16385;

function one(text: string): unknown {
  return { one: text };
}

const TABLE: readonly [
  string,
  TypeParsers,
  number,
  TypeName | undefined,
  string,
  unknown,
][] = [
  ["the library's function", {}, TYPE_OID.INT8, undefined, "1", 1n],
  ["one by the catalog's name", { int8: one }, TYPE_OID.INT8, undefined, "1", {
    one: "1",
  }],
  ["one by SQL's name", { BIGINT: one }, TYPE_OID.INT8, undefined, "1", {
    one: "1",
  }],
  ["one by OID", { [TYPE_OID.INT8]: one }, TYPE_OID.INT8, undefined, "1", {
    one: "1",
  }],
  ["the library's for other types", { int8: one }, 23, undefined, "1", 1],
  [
    "one for the elements of an array",
    { int8: asNumber },
    ARRAY_TYPE_OID.INT8,
    undefined,
    "{{1,NULL}}",
    [[1, null]],
  ],
  [
    "one for the elements of an array with another delimiter",
    { box: one },
    ARRAY_TYPE_OID.BOX,
    undefined,
    "{(1,1),(0,0)}",
    [{ one: "(1,1),(0,0)" }],
  ],
  [
    "one for an array before one for its elements",
    { int8: asNumber, "int8[]": asText },
    ARRAY_TYPE_OID.INT8,
    undefined,
    "{1}",
    "{1}",
  ],
  [
    "text for a type of the database",
    {},
    OWN_OID,
    { schema: "public", name: "mood" },
    "sad",
    "sad",
  ],
  [
    "one by the name of a type of the database",
    { mood: one },
    OWN_OID,
    { schema: "public", name: "mood" },
    "sad",
    { one: "sad" },
  ],
  [
    "one by schema and name before one by name",
    { Mood: asText, "public.Mood": one },
    OWN_OID,
    { schema: "public", name: "Mood" },
    "sad",
    { one: "sad" },
  ],
  [
    "text for a type of the same name in another schema",
    { "public.mood": one },
    OWN_OID,
    { schema: "other", name: "mood" },
    "sad",
    "sad",
  ],
  [
    "one by the OID of a type of the database",
    { [OWN_OID]: one, mood: asText },
    OWN_OID,
    { schema: "public", name: "mood" },
    "sad",
    { one: "sad" },
  ],
  [
    "that of the base type for a domain",
    {},
    OWN_OID,
    { schema: "pg_catalog", name: "int8" },
    "1",
    1n,
  ],
  [
    "one by name of the base type for a domain over an array",
    { bigint: asNumber },
    OWN_OID,
    { schema: "pg_catalog", name: "_int8" },
    "{1}",
    [1],
  ],
  [
    "text for a type that has a built-in type's name in another schema",
    { int8: one },
    OWN_OID,
    { schema: "public", name: "int8" },
    "1",
    "1",
  ],
];

for (const [name, types, oid, typeName, text, expected] of TABLE) {
  Deno.test(`createCodecFinder() finds ${name}`, () => {
    const codecFor = createCodecFinder({ types });
    assertEquals(codecFor(oid, typeName).fromText(text), expected);
  });
}

Deno.test("createCodecFinder() has the library's functions without options", () => {
  assertEquals(createCodecFinder()(TYPE_OID.BOOL).fromText("t"), true);
});

Deno.test("createCodecFinder() refuses what is no function", () => {
  const types = { int8: "number" } as unknown as TypeParsers;
  assertThrows(
    () => createCodecFinder({ types }),
    TypeError,
    'Cannot read values of type "int8" with number',
  );
});
