import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { assertThrows } from "@std/assert";
import {
  ARRAY_TYPE_OID,
  ProtocolError,
  textParser,
  TYPE_OID,
} from "@walbrook/walbrook";
import { commonCodec } from "../../src/values/common_codec.ts";

const NAMES = [
  ...["BOOL", "BYTEA", "INT2", "INT4", "OID", "INT8", "FLOAT4", "FLOAT8"],
  ...["JSON", "JSONB", "NAME", "TEXT", "BPCHAR", "VARCHAR", "NUMERIC", "UUID"],
  ...["DATE", "TIME", "TIMETZ", "TIMESTAMP", "TIMESTAMPTZ", "INTERVAL", "INET"],
] as (keyof typeof TYPE_OID)[];

Deno.test("commonCodec() parses text with the very function of textParser()", () => {
  for (const name of NAMES) {
    const typeOid = TYPE_OID[name];
    const codec = commonCodec(typeOid);
    assertStrictEquals(codec?.fromText, textParser(typeOid), name);
  }
});

Deno.test("commonCodec() parses arrays as textParser() does", () => {
  const texts: Partial<Record<keyof typeof TYPE_OID, string>> = {
    BOOL: "{t,NULL,f}",
    BYTEA: '{"\\\\x00ff",NULL}',
    JSON: '{"{\\"a\\": 1}",null}',
    JSONB: '[0:1]={"[1, 2]",3}',
    TEXT: '{{a,"b, c"},{NULL,"NULL"}}',
    NUMERIC: "{1.50,NaN}",
  };
  for (const name of NAMES) {
    const arrayOid = ARRAY_TYPE_OID[name];
    const text = texts[name] ?? "{1,NULL,-2}";
    assertEquals(
      commonCodec(arrayOid)?.fromText(text),
      textParser(arrayOid)(text),
      name,
    );
  }
});

Deno.test("commonCodec() knows no other type", () => {
  const known = new Set(
    NAMES.flatMap((name) => [TYPE_OID[name], ARRAY_TYPE_OID[name]]),
  );
  for (let typeOid = 0; typeOid < 20_000; typeOid++) {
    const isKnown = commonCodec(typeOid) !== undefined;
    assert(isKnown === known.has(typeOid as never), String(typeOid));
  }
});

Deno.test("commonCodec() refuses values in binary format", () => {
  const codec = commonCodec(TYPE_OID.INT4);
  const bytes = new Uint8Array(4);
  for (const read of [codec?.fromBinary, codec?.toText]) {
    assertThrows(() => read?.(bytes, 0, 4), ProtocolError, "binary format");
  }
});
