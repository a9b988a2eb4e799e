import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  decodeTestDecodingMessage,
  INVALID_LSN,
  ProtocolError,
  TestDecodingDecoderStream,
  type TestDecodingMessage,
  UNCHANGED,
  type UnixMicros,
} from "@walbrook/walbrook/test_decoding";
import { encodeTestDecodingMessage } from "./encode_test_decoding_message.ts";

const walStart = INVALID_LSN;

function decode(text: string): TestDecodingMessage {
  return decodeTestDecodingMessage(new TextEncoder().encode(text));
}

Deno.test("decodeTestDecodingMessage() reads rows without columns and without data", () => {
  const relation = { schema: "s", name: "t" };
  const newTuple = null;
  assertEquals(
    decode("table s.t: INSERT:"),
    { kind: "insert", walStart, relation, newTuple: [] },
  );
  assertEquals(
    decode("table s.t: INSERT: (no-tuple-data)"),
    { kind: "insert", walStart, relation, newTuple },
  );
  assertEquals(
    decode("table s.t: UPDATE: (no-tuple-data)"),
    { kind: "update", walStart, relation, oldKey: null, newTuple },
  );
  assertEquals(
    decode("table s.t: DELETE: (no-tuple-data)"),
    { kind: "delete", walStart, relation, oldKey: null },
  );
});

const TIMES: readonly (readonly [string, bigint])[] = [
  ["1970-01-01 00:00:00+00", 0n],
  ["1970-01-01 05:30:00.000001+05:30", 1n],
  ["1969-12-31 12:00:00-12", 0n],
  ["1970-01-01 00:19:32.5+00:19:32", 500_000n],
  ["2000-02-29 00:00:00+00", 951_782_400_000_000n],
  ["0001-01-01 00:00:00+00", -62_135_596_800_000_000n],
  ["0001-12-31 23:59:59+00 BC", -62_135_596_801_000_000n],
  ["294276-12-31 23:59:59.999999+00", 9_224_318_015_999_999_999n],
  ["infinity", 2n ** 63n - 1n + 946_684_800_000_000n],
];

for (const [text, micros] of TIMES) {
  Deno.test(`decodeTestDecodingMessage() reads the time ${text}`, () => {
    assertEquals(decode(`COMMIT 1 (at ${text})`), {
      kind: "commit",
      walStart,
      xid: 1,
      commitTime: micros as UnixMicros,
    });
  });
}

const REFUSED: readonly (readonly [string, string])[] = [
  ["", "unknown message at character 0"],
  ["BEGIN x", "expected a transaction's id at character 6"],
  ["BEGIN 4294967296", "expected a transaction's id"],
  ["BEGIN 1 ", "expected the end at character 7"],
  ["COMMIT 1 (at noon)", "expected a time at character 13"],
  ["COMMIT 1 (at 2000-01-01 00:00:00+00", 'expected ")"'],
  ["table t: INSERT:", 'expected "."'],
  ["table s.T: INSERT:", "expected an identifier"],
  ['table s."t: INSERT:', "a quote without an end at character 8"],
  ["table s.t: MERGE:", "expected INSERT, UPDATE, DELETE or TRUNCATE"],
  ["table s.t, s.u: INSERT:", "expected TRUNCATE"],
  ["table s.t: TRUNCATE:", "expected flags"],
  ["table s.t: INSERT: a[]:1", "expected a type at character 21"],
  ["table s.t: INSERT: a[integer:1", 'expected "]:"'],
  ["table s.t: INSERT: a[integer]:one", "expected a value"],
  ["table s.t: INSERT: a[integer]:1x", "expected a value"],
  ["table s.t: INSERT: a[text]:'x", "a quote without an end"],
  ["table s.t: INSERT: a[bit]:B'102'", `expected "'"`],
  ["table s.t: INSERT: a[text]:null b", 'expected "["'],
  ["table s.t: UPDATE: old-key: a[integer]:1", 'expected " new-tuple:"'],
  ["message: transactional: 2 prefix: p, sz: 0 content:", "flag"],
  ["message: transactional: 1 prefix: p, sz: 1 content:", "no size"],
  ["message: transactional: 1 prefix: p, sz: 1", "it has no content"],
  ["streaming rows for TXN 1", "unknown message"],
];

for (const [text, problem] of REFUSED) {
  Deno.test(`decodeTestDecodingMessage() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => decode(text), ProtocolError, problem);
  });
}

Deno.test("decodeTestDecodingMessage() reads what the plugin can write", () => {
  const name = fc.string({ minLength: 1, unit: "grapheme" })
    .filter((text) => !text.includes("\0"));
  const text = fc.string({ unit: "grapheme" });
  const xid = fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  const time = fc.option(
    fc.bigInt(-62_135_596_800n * 1000n, 253_402_300_799n * 1000n)
      .map((millis) => (millis < 0n ? 0n : millis * 1000n) as UnixMicros),
  );
  const relation = fc.record({ schema: name, name });
  const type = fc.oneof(
    fc.constantFrom("text", "character varying[]", '"a""]b".c', '"char"'),
    name.map((one) => `"${one.replaceAll('"', '""')}"[]`),
  );
  const column = fc.record({
    name,
    type,
    value: fc.oneof(
      text as fc.Arbitrary<string | typeof UNCHANGED>,
      fc.constantFrom<null | typeof UNCHANGED>(null, UNCHANGED),
    ),
  });
  const tuple = fc.option(fc.array(column));
  const constant = <K extends string>(kind: K) => fc.constant(kind);
  const at = fc.constant(walStart);
  const message: fc.Arbitrary<TestDecodingMessage> = fc.oneof(
    fc.record({
      kind: constant("insert"),
      walStart: at,
      relation,
      newTuple: tuple,
    }),
    fc.record({
      kind: constant("update"),
      walStart: at,
      relation,
      oldKey: fc.option(fc.array(column)),
      newTuple: tuple,
    }),
    fc.record({
      kind: constant("message"),
      walStart: at,
      transactional: fc.boolean(),
      prefix: name,
      content: fc.uint8Array(),
    }),
    fc.record({
      kind: constant("prepare"),
      walStart: at,
      gid: name,
      xid,
      prepareTime: time,
    }),
    fc.record({
      kind: constant("commit"),
      walStart: at,
      xid,
      commitTime: time,
    }),
  );
  fc.assert(
    fc.property(message, (one) => {
      assertEquals(
        decodeTestDecodingMessage(encodeTestDecodingMessage(one)),
        one,
      );
    }),
    { numRuns: 500, seed: 1 },
  );
});

Deno.test("TestDecodingDecoderStream decodes batches and drops what is no data", async () => {
  const data = new TextEncoder().encode("BEGIN 7");
  const batches = await Array.fromAsync(
    ReadableStream.from([
      [{ kind: "XLogData" as const, walStart, data }],
      [{ kind: "PrimaryKeepaliveMessage" as const }],
      [
        { kind: "NoticeResponse" as const },
        { kind: "XLogData" as const, walStart, data },
      ],
    ]).pipeThrough(new TestDecodingDecoderStream()),
  );
  const begin = { kind: "begin", walStart, xid: 7 } as const;
  assertEquals(batches, [[begin], [begin]]);
});
