import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { asDate } from "@walbrook/walbrook";
import type { RangeValue } from "@walbrook/walbrook/values";
import {
  createCodecFinder,
  TYPE_OID,
  type TypeDescription,
  type ValueCodec,
} from "@walbrook/walbrook/values";
import { ByteWriter } from "../../src/bytes/byte_writer.ts";
import {
  encodeArray,
  encodeComposite,
  type Encoded,
  encodeHstore,
  encodeInt4,
  encodeMultirange,
  encodeNumeric,
  encodeRange,
  encodeText,
} from "./encode_value.ts";

const RUNS = 300;
const SEED = 0x57414c42;

const schema = "public";
const CATALOG: readonly TypeDescription[] = [
  {
    kind: "composite",
    oid: 20000,
    schema,
    name: "pair",
    attributes: [
      { name: "a", typeOid: TYPE_OID.INT4 },
      { name: "__proto__", typeOid: TYPE_OID.TEXT },
      { name: "c", typeOid: 20001 },
    ],
  },
  {
    kind: "array",
    oid: 20001,
    schema,
    name: "_text",
    elementOid: TYPE_OID.TEXT,
    delimiter: ",",
  },
  {
    kind: "base",
    oid: 20002,
    schema,
    name: "hstore",
    sendFunction: "hstore_send",
  },
  {
    kind: "range",
    oid: 20003,
    schema,
    name: "texts",
    subtypeOid: TYPE_OID.TEXT,
  },
  {
    kind: "multirange",
    oid: 20004,
    schema,
    name: "texts_multirange",
    rangeOid: 20003,
  },
];

const codecFor = createCodecFinder({ catalog: CATALOG });

// Text that is likely to hold what has a meaning somewhere.
const TEXT = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.string({
    unit: fc.constantFrom(...` "\\{}()[],;=>NULnul\n\tä`),
    maxLength: 8,
  }),
).map((text) => text.replaceAll("\0", ""));
const NULLABLE_TEXT = fc.option(TEXT);
const INT4 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

function check(codec: ValueCodec, encoded: Encoded, expected: unknown): void {
  const { text, bytes } = encoded;
  assertEquals(codec.fromText(text), expected);
  assertEquals(codec.fromBinary(bytes, 0, bytes.length), expected);
  // What the server itself would write.
  assertEquals(codec.toText(bytes, 0, bytes.length), text);
}

function property<T>(
  what: string,
  arbitrary: fc.Arbitrary<T>,
  predicate: (value: T) => void,
): void {
  Deno.test(`createCodecFinder() makes the same of text and of binary: ${what}`, () => {
    fc.assert(fc.property(arbitrary, predicate), { numRuns: RUNS, seed: SEED });
  });
}

function part(text: string | null): Encoded | null {
  return text === null ? null : encodeText(text);
}

property(
  "arrays",
  fc.record({
    texts: fc.array(NULLABLE_TEXT, { maxLength: 5 }),
    first: fc.integer({ min: -3, max: 3 }),
  }),
  ({ texts, first }) => {
    const oid = TYPE_OID.TEXT;
    check(codecFor(20001), encodeArray(texts.map(part), { oid, first }), texts);
  },
);

const PAIR = fc.record({
  a: fc.option(INT4),
  b: NULLABLE_TEXT,
  c: fc.option(fc.array(NULLABLE_TEXT, { maxLength: 3 })),
});

property("composites", PAIR, ({ a, b, c }) => {
  const oid = TYPE_OID.TEXT;
  const encoded = encodeComposite([
    { oid: TYPE_OID.INT4, value: a === null ? null : encodeInt4(a) },
    { oid, value: part(b) },
    {
      oid: 20001,
      value: c === null ? null : encodeArray(c.map(part), { oid }),
    },
  ]);
  const expected = { a };
  for (const [name, value] of [["__proto__", b], ["c", c]] as const) {
    const rest = {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    };
    Object.defineProperty(expected, name, rest);
  }
  check(codecFor(20000), encoded, expected);
});

const RANGE = fc.record({
  lower: NULLABLE_TEXT,
  upper: NULLABLE_TEXT,
  lowerInclusive: fc.boolean(),
  upperInclusive: fc.boolean(),
  empty: fc.constant(false),
});
const EMPTY: RangeValue<string> = {
  lower: null,
  upper: null,
  lowerInclusive: false,
  upperInclusive: false,
  empty: true,
};

function encodeTexts(range: RangeValue<string>): Encoded {
  return encodeRange({
    ...range,
    lower: part(range.lower),
    upper: part(range.upper),
  });
}

property("ranges", fc.oneof(RANGE, fc.constant(EMPTY)), (range) => {
  check(codecFor(20003), encodeTexts(range), range);
});

property("multiranges", fc.array(RANGE, { maxLength: 3 }), (ranges) => {
  check(codecFor(20004), encodeMultirange(ranges.map(encodeTexts)), ranges);
});

property(
  "hstore",
  fc.uniqueArray(fc.tuple(TEXT, NULLABLE_TEXT), {
    selector: ([key]) => key,
    maxLength: 4,
  }),
  (pairs) => {
    check(codecFor(20002), encodeHstore(pairs), Object.fromEntries(pairs));
  },
);

property(
  "numerics",
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?$/).filter((text) =>
    // The server has no negative zero.
    !/^-[0.]*$/.test(text)
  ),
  (text) => check(codecFor(TYPE_OID.NUMERIC), encodeNumeric(text), text),
);

property(
  "64 bits",
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  (value) => {
    const bytes = new ByteWriter().int64(value).finish();
    check(codecFor(TYPE_OID.INT8), { text: String(value), bytes }, value);
    const unsigned = BigInt.asUintN(64, value);
    const text = String(unsigned);
    check(codecFor(TYPE_OID.XID8), { text, bytes }, unsigned);
  },
);

property("numbers", fc.double(), (value) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  const { fromText, fromBinary, toText } = codecFor(TYPE_OID.FLOAT8);
  assertEquals(fromBinary(bytes, 0, 8), value);
  assertEquals(fromText(toText(bytes, 0, 8)), value);
});

property("numbers of 32 bits", fc.float(), (value) => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value);
  const { fromText, fromBinary, toText } = codecFor(TYPE_OID.FLOAT4);
  const read = fromBinary(bytes, 0, 4) as number;
  assert(Object.is(Math.fround(read), value) || Number.isNaN(value));
  assertEquals(fromText(toText(bytes, 0, 4)), read);
});

const EPOCH_MS = Date.UTC(2000, 0, 1);

property(
  "time stamps that a Date can hold",
  fc.date({ min: new Date(-210_000_000_000_000), max: new Date(8.64e15) })
    .filter((date) => !Number.isNaN(date.getTime())),
  (date) => {
    const micros = BigInt(date.getTime() - EPOCH_MS) * 1000n;
    const bytes = new ByteWriter().int64(micros).finish();
    for (const type of [TYPE_OID.TIMESTAMP, TYPE_OID.TIMESTAMPTZ]) {
      const text = codecFor(type).fromBinary(bytes, 0, 8);
      assertEquals(asDate(text as string), date);
    }
  },
);
