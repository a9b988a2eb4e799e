import { assert, assertStrictEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "@walbrook/walbrook";
import { textParser } from "./text_parser.ts";
import { TYPE_OID } from "@walbrook/walbrook/values";
import { commonCodec } from "../../src/values/common_codec.ts";

const NAMES = [
  ...["BOOL", "INT2", "INT4", "OID", "INT8", "FLOAT4", "FLOAT8"],
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

Deno.test("commonCodec() knows no other type", () => {
  const known = new Set(NAMES.map((name) => TYPE_OID[name]));
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
