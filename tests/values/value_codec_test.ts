import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "@walbrook/walbrook";
import {
  ARRAY_TYPE_OID,
  createCodecFinder,
  TYPE_OID,
} from "@walbrook/walbrook/values";
import { readGoldenValues } from "../golden/golden_value.ts";
import { fromHex } from "../pgoutput/read_golden.ts";
import { VALUES } from "./value_table.ts";

const codecFor = createCodecFinder();
const GOLDEN = readGoldenValues();
const EXPECTED = new Map(
  VALUES.map(([type, sql, expected]) => [`${type} ${sql}`, expected]),
);

Deno.test("createCodecFinder() reads what a server sent, in both formats", () => {
  for (const { type, sql, typeOid, text, hex } of GOLDEN) {
    const codec = codecFor(typeOid);
    const bytes = fromHex(hex);
    const key = `${type} ${sql}`;
    assert(EXPECTED.has(key), `${key} is no longer in the table`);
    const expected = EXPECTED.get(key);
    assertEquals(codec.fromText(text), expected, key);
    assertEquals(codec.fromBinary(bytes, 0, bytes.length), expected, key);
    assertEquals(codec.toText(bytes, 0, bytes.length), text, key);
    // assertEquals() takes -0 for 0.
    if (typeof expected !== "number") continue;
    assert(Object.is(codec.fromText(text), expected), key);
    assert(Object.is(codec.fromBinary(bytes, 0, bytes.length), expected), key);
  }
  assert(GOLDEN.length > 150);
});

Deno.test("createCodecFinder() keeps nothing of the bytes", () => {
  for (const { typeOid, hex } of GOLDEN) {
    const codec = codecFor(typeOid);
    const bytes = fromHex(hex);
    const value = codec.fromBinary(bytes, 0, bytes.length);
    const before = Deno.inspect(value, { depth: 9, iterableLimit: Infinity });
    bytes.fill(0xff);
    assertEquals(
      Deno.inspect(value, { depth: 9, iterableLimit: Infinity }),
      before,
    );
  }
});

// Their binary format is any text, or any bytes.
const OPEN: ReadonlySet<number> = new Set<number>([
  ...[TYPE_OID.BYTEA, TYPE_OID.TEXT, TYPE_OID.VARCHAR, TYPE_OID.BPCHAR],
  ...[TYPE_OID.NAME, TYPE_OID.XML, TYPE_OID.REFCURSOR],
]);

Deno.test("createCodecFinder() refuses values that are cut short or too long", () => {
  for (const { type, typeOid, hex } of GOLDEN) {
    if (OPEN.has(typeOid)) continue;
    const codec = codecFor(typeOid);
    const bytes = fromHex(hex);
    // A shorter text behind a version is a text, and shorter JSON sometimes JSON.
    const isText = typeOid === TYPE_OID.JSONPATH || typeOid === TYPE_OID.JSON ||
      typeOid === TYPE_OID.JSONB;
    for (let end = 0; end < bytes.length && !isText; end++) {
      // Of an array that has no elements the rest is not looked at before the end.
      assertThrows(
        () => codec.fromBinary(bytes, 0, end),
        ProtocolError,
        "Cannot decode",
        `${type} ${hex} up to ${end}`,
      );
    }
    if (isText) continue;
    const longer = Uint8Array.of(...bytes, 0);
    assertThrows(() => codec.toText(longer, 0, longer.length), ProtocolError);
  }
});

const HOSTILE: readonly (readonly [string, number, string])[] = [
  [
    "an array of 2^31 - 1 elements",
    ARRAY_TYPE_OID.INT4,
    "00000001 00000000 00000017 7fffffff 00000001",
  ],
  [
    "an array of 2^93 elements",
    ARRAY_TYPE_OID.INT4,
    "00000003 00000000 00000017 7fffffff 00000001 7fffffff 00000001 7fffffff 00000001",
  ],
  [
    "an array of seven dimensions",
    ARRAY_TYPE_OID.INT4,
    "00000007 00000000 00000017" + " 00000001 00000001".repeat(7),
  ],
  [
    "an array of a negative size",
    ARRAY_TYPE_OID.INT4,
    "00000001 00000000 00000017 ffffffff 00000001",
  ],
  [
    "an array with an element of a negative length",
    ARRAY_TYPE_OID.TEXT,
    "00000001 00000000 00000019 00000001 00000001 fffffffe",
  ],
  ["a multirange of 2^31 - 1 ranges", TYPE_OID.INT4MULTIRANGE, "7fffffff"],
  ["a range with flags alone", TYPE_OID.INT4RANGE, "06"],
  ["a numeric of 65535 digits", TYPE_OID.NUMERIC, "ffff 0000 0000 0000"],
  [
    "a numeric with a digit of 10000",
    TYPE_OID.NUMERIC,
    "0001 0000 0000 0000 2710",
  ],
  ["a numeric with an unknown sign", TYPE_OID.NUMERIC, "0000 0000 1234 0000"],
  ["a numeric of too large a scale", TYPE_OID.NUMERIC, "0000 0000 0000 4000"],
  ["a path of 2^31 - 1 points", TYPE_OID.PATH, "01 7fffffff"],
  ["a polygon of -1 points", TYPE_OID.POLYGON, "ffffffff"],
  ["a tsvector of 2^31 - 1 lexemes", TYPE_OID.TSVECTOR, "7fffffff"],
  ["a tsquery of 2^31 - 1 tokens", TYPE_OID.TSQUERY, "7fffffff"],
  [
    "a tsquery of 10000 times not",
    TYPE_OID.TSQUERY,
    "00002710" + "0201".repeat(10_000),
  ],
  ["a tsquery without operands", TYPE_OID.TSQUERY, "00000001 0202 0000"],
  [
    "a tsquery with a loose operand",
    TYPE_OID.TSQUERY,
    "00000002 01000000 01000000",
  ],
  ["a bit string of 2^31 - 1 bits", TYPE_OID.VARBIT, "7fffffff"],
  ["an address of an unknown family", TYPE_OID.INET, "01200004 7f000001"],
  ["an address with too many bits", TYPE_OID.INET, "02210004 7f000001"],
  ["a time behind 24:00", TYPE_OID.TIME, "000000141dd76001"],
  ["a time before 00:00", TYPE_OID.TIME, "ffffffffffffffff"],
  ["jsonb of version 2", TYPE_OID.JSONB, "02 6e756c6c"],
  ["jsonb without a version", TYPE_OID.JSONB, ""],
  [
    "a snapshot of 2^31 - 1 ids",
    TYPE_OID.PG_SNAPSHOT,
    "7fffffff" + "00".repeat(16),
  ],
];

for (const [what, typeOid, hex] of HOSTILE) {
  Deno.test(`createCodecFinder() refuses ${what}`, () => {
    const bytes = fromHex(hex);
    const { fromBinary, toText } = codecFor(typeOid);
    for (const read of [fromBinary, toText]) {
      assertThrows(
        () => read(bytes, 0, bytes.length),
        ProtocolError,
        "Cannot decode",
      );
    }
  });
}

Deno.test("createCodecFinder() reads an array with a dimension of no elements", () => {
  const bytes = fromHex(
    "00000002 00000000 00000017 7fffffff 00000001 00000000 00000001",
  );
  const { fromBinary, toText } = codecFor(ARRAY_TYPE_OID.INT4);
  assertEquals(fromBinary(bytes, 0, bytes.length), []);
  assertEquals(toText(bytes, 0, bytes.length), "{}");
});

Deno.test("createCodecFinder() gives what binary tells less of than text", () => {
  const money = codecFor(TYPE_OID.MONEY);
  const cents = fromHex("fffffffffffffb2e");
  assertEquals(money.fromText("-$12.34"), "-$12.34");
  assertEquals(money.fromBinary(cents, 0, 8), -1234n);
  assertThrows(() => money.toText(cents, 0, 8), ProtocolError, "money");
  const regclass = codecFor(TYPE_OID.REGCLASS);
  assertEquals(regclass.fromText("pg_class"), "pg_class");
  assertEquals(regclass.fromBinary(fromHex("000004eb"), 0, 4), 1259);
});

Deno.test("createCodecFinder() leaves what it does not know as text or bytes", () => {
  const codec = codecFor(16385, { schema: "public", name: "vector" });
  const bytes = Uint8Array.of(9, 1, 2, 9);
  assertEquals(codec.fromText("[1]"), "[1]");
  assertEquals(codec.fromBinary(bytes, 1, 3), Uint8Array.of(1, 2));
  assertThrows(
    () => codec.toText(bytes, 1, 3),
    ProtocolError,
    "Cannot write a value of type public.vector as text: its binary format does not contain it; pass a function fromBinary for the type",
  );
});

Deno.test('createCodecFinder() reads "char" of any byte', () => {
  const { fromBinary } = codecFor(TYPE_OID.CHAR);
  assertEquals(fromBinary(Uint8Array.of(0), 0, 1), "");
  assertEquals(fromBinary(Uint8Array.of(0x41), 0, 1), "A");
  assertEquals(fromBinary(Uint8Array.of(0xe9), 0, 1), "\\351");
});

Deno.test("createCodecFinder() reads an interval without an end", () => {
  const { fromBinary } = codecFor(TYPE_OID.INTERVAL);
  const infinity = fromHex("7fffffffffffffff 7fffffff 7fffffff");
  const before = fromHex("8000000000000000 80000000 80000000");
  assertEquals(fromBinary(infinity, 0, 16), "infinity");
  assertEquals(fromBinary(before, 0, 16), "-infinity");
});

// The beginning of a text is kept for the next one.
Deno.test("createCodecFinder() reads dates and times after similar ones", () => {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  const day = codecFor(TYPE_OID.DATE);
  const days: readonly [number, string][] = [
    [0, "2000-01-01"],
    [512, "2001-05-27"],
    [0, "2000-01-01"],
    [-0x8000_0000, "-infinity"],
    [-730_120, "0001-12-31 BC"],
    [512, "2001-05-27"],
  ];
  for (const [value, text] of days) {
    view.setInt32(0, value);
    assertEquals(day.fromBinary(bytes, 0, 4), text);
  }
  const local = codecFor(TYPE_OID.TIMESTAMP);
  const utc = codecFor(TYPE_OID.TIMESTAMPTZ);
  const times: readonly [bigint, string, string][] = [
    [59_999_990n, "2000-01-01 00:00:59.99999", ""],
    [1_000_000n, "2000-01-01 00:00:01", ""],
    [60_000_001n, "2000-01-01 00:01:00.000001", ""],
    [86_460_000_000n, "2000-01-02 00:01:00", ""],
    [-1n, "1999-12-31 23:59:59.999999", ""],
    [-63_082_281_600_000_000n - 1n, "0001-12-31 23:59:59.999999", " BC"],
    [1_000_000n, "2000-01-01 00:00:01", ""],
  ];
  for (const [value, text, era] of times) {
    view.setBigInt64(0, value);
    assertEquals(local.fromBinary(bytes, 0, 8), text + era);
    assertEquals(utc.fromBinary(bytes, 0, 8), `${text}+00${era}`);
  }
});
