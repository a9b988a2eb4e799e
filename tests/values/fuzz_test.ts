import { assert } from "@std/assert";
import { ProtocolError } from "@walbrook/walbrook";
import {
  ARRAY_TYPE_OID,
  createCodecFinder,
  TYPE_OID,
  type TypeDescription,
  type ValueCodec,
} from "@walbrook/walbrook/values";
import { readGoldenValues } from "../golden/golden_value.ts";
import { fuzzRounds } from "../helpers/fuzz_rounds.ts";
import { mutateBytes } from "../helpers/mutate_bytes.ts";
import { mutateText } from "../helpers/mutate_text.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { fromHex } from "../pgoutput/read_golden.ts";

const ROUNDS = fuzzRounds(60);
const SEED = 0x57414c42;

const schema = "public";
const CATALOG: readonly TypeDescription[] = [
  {
    kind: "composite",
    oid: 20000,
    schema,
    name: "pair",
    attributes: [{ name: "a", typeOid: TYPE_OID.INT4 }, {
      name: "b",
      typeOid: TYPE_OID.TEXT,
    }],
  },
  {
    kind: "array",
    oid: 20001,
    schema,
    name: "_pair",
    elementOid: 20000,
    delimiter: ",",
  },
  {
    kind: "base",
    oid: 20002,
    schema,
    name: "hstore",
    sendFunction: "hstore_send",
  },
];

const OWN_SEEDS: readonly [number, string, string][] = [
  [
    20000,
    '(1,"a ""b")',
    "00000002 00000017 00000004 00000001 00000019 00000004 61202262",
  ],
  [20000, "(,)", "00000002 00000017 ffffffff 00000019 ffffffff"],
  [
    20001,
    '{"(1,)"}',
    "00000001 00000000 00004e20 00000001 00000001 00000014 00000002 00000017 00000004 00000001 00000019 ffffffff",
  ],
  [
    20002,
    '"a"=>"1", "b"=>NULL',
    "00000002 00000001 61 00000001 31 00000001 62 ffffffff",
  ],
];

// Values of the type itself, and those of all others, now and then.
const GOLDEN = readGoldenValues();
const BYTES = [
  ...GOLDEN.map(({ typeOid, hex }) => [typeOid, fromHex(hex)] as const),
  ...OWN_SEEDS.map(([typeOid, , hex]) => [typeOid, fromHex(hex)] as const),
];
const TEXTS = [
  ...GOLDEN.map(({ typeOid, text }) => [typeOid, text] as const),
  ...OWN_SEEDS.map(([typeOid, text]) => [typeOid, text] as const),
];
const TYPES: readonly number[] = [
  ...Object.values(TYPE_OID),
  ...Object.values(ARRAY_TYPE_OID),
  ...CATALOG.map(({ oid }) => oid),
];

/** How much a value holds: characters, bytes, and one for each part. */
function sizeOf(value: unknown): number {
  if (typeof value === "string" || value instanceof Uint8Array) {
    return value.length;
  }
  if (typeof value !== "object" || value === null) return 1;
  return Object.entries(value).reduce(
    (sum, [key, part]) => sum + key.length + sizeOf(part),
    1,
  );
}

// Bounds, `empty` and their names make a range of one byte into some 60 characters.
const GROWTH = 200;
// A numeric of a few bytes may have that many digits, and an array of them.
const LARGEST_NUMERIC = 131_072 + 16_384;

function isRefusal(error: unknown): boolean {
  return error instanceof ProtocolError || error instanceof SyntaxError;
}

Deno.test("createCodecFinder() reads or refuses any bytes, and makes nothing huge of few", () => {
  const random = randomNumbers(SEED);
  const codecFor = createCodecFinder({ catalog: CATALOG });
  let read = 0;
  for (const typeOid of TYPES) {
    const codec = codecFor(typeOid);
    const all = BYTES.map(([, bytes]) => bytes);
    const own = BYTES.filter(([oid]) => oid === typeOid).map(([, one]) => one);
    for (let round = 0; round < ROUNDS; round++) {
      const seeds = own.length === 0 || round % 4 === 0 ? all : own;
      const bytes = mutateBytes(seeds, random);
      read += tryBinary(codec, typeOid, bytes);
    }
  }
  const total = TYPES.length * ROUNDS;
  assert(read > total / 20, `${read} of ${total} read`);
  assert(read < total * 0.9, `${read} of ${total} read`);
});

function tryBinary(
  codec: ValueCodec,
  typeOid: number,
  bytes: Uint8Array,
): number {
  const limit = GROWTH * (bytes.length + 1) +
    LARGEST_NUMERIC * Math.ceil(bytes.length / 8);
  let read = 0;
  for (const way of [codec.fromBinary, codec.toText]) {
    try {
      const size = sizeOf(way(bytes, 0, bytes.length));
      assert(size <= limit, `type ${typeOid}: ${size} of ${bytes}`);
      read = 1;
    } catch (error) {
      if (isRefusal(error)) continue;
      throw new Error(`Type ${typeOid} broke on ${bytes}`, { cause: error });
    }
  }
  return read;
}

Deno.test("createCodecFinder() reads or refuses any text", () => {
  const random = randomNumbers(SEED);
  const codecFor = createCodecFinder({ catalog: CATALOG });
  let refused = 0;
  for (const typeOid of TYPES) {
    const codec = codecFor(typeOid);
    const all = TEXTS.map(([, text]) => text);
    const own = TEXTS.filter(([oid]) => oid === typeOid).map(([, one]) => one);
    for (let round = 0; round < ROUNDS; round++) {
      const seeds = own.length === 0 || round % 4 === 0 ? all : own;
      const text = mutateText(seeds, `{}[]()<>,;"'\\:=NULL .-+0`, random);
      try {
        const size = sizeOf(codec.fromText(text));
        assert(size <= GROWTH * (text.length + 1));
      } catch (error) {
        refused++;
        if (isRefusal(error)) continue;
        throw new Error(`Type ${typeOid} broke on ${text}`, { cause: error });
      }
    }
  }
  assert(refused > TYPES.length);
});

Deno.test("createCodecFinder() takes a time that grows with the text, whatever it is", () => {
  const codecFor = createCodecFinder({ catalog: CATALOG });
  const LONG = 200_000;
  for (
    const [typeOid, text] of [
      [20000, `("${'""'.repeat(LONG)}`],
      [20000, `(${"\\".repeat(LONG)}`],
      [20002, `"${"\\a".repeat(LONG)}`],
      [20002, `"a"=>"b", `.repeat(LONG / 10)],
      [TYPE_OID.INT4MULTIRANGE, `{${"[1,2),".repeat(LONG / 6)}`],
      [TYPE_OID.INT4RANGE, `[${'"'.repeat(LONG)}`],
      [ARRAY_TYPE_OID.TEXT, `{${'"a",'.repeat(LONG / 4)}`],
      [TYPE_OID.BYTEA, `\\x${"0".repeat(LONG)}g`],
    ] as const
  ) {
    try {
      codecFor(typeOid).fromText(text);
      assert(false, `read ${text.slice(0, 20)}`);
    } catch (error) {
      assert(error instanceof SyntaxError, String(error));
    }
  }
});
