import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  decodeWal2jsonMessage,
  INVALID_LSN,
  ProtocolError,
  Wal2jsonDecoderStream,
  type Wal2jsonMessage,
} from "@walbrook/walbrook/wal2json";

const UTF8 = new TextEncoder();

function decode(text: string): Wal2jsonMessage {
  return decodeWal2jsonMessage(UTF8.encode(text));
}

const INSERT = '{"action":"I","schema":"s","table":"t","columns":';
const CHANGE = '{"change":[{"kind":"insert","schema":"s","table":"t",';

const REFUSED: readonly (readonly [string, string])[] = [
  ["", "expected a value at character 0"],
  ["7", "expected an object"],
  ["{}", 'it has neither "action" nor "change"'],
  ['{"action":"X"}', 'unknown action "X"'],
  ['{"action":"B"}x', "expected the end at character 14"],
  ['{"action":"B"', 'expected "," or "}"'],
  ['{"action":B}', "expected a value"],
  ['{"action"}', 'expected ":"'],
  ['{"action":"B}', "a string without an end"],
  ['{"action":"B\\"}', "a string without an end"],
  ['{"action":"\\x"}', "expected a string"],
  ['{"action":"B","xid":-1}', 'integer as "xid"'],
  ['{"action":"B","xid":4294967296}', 'integer as "xid"'],
  ['{"action":"B","xid":1.5}', 'integer as "xid"'],
  ['{"action":"B","xid":"1"}', 'integer as "xid"'],
  ['{"action":"B","lsn":"0"}', 'expected an LSN as "lsn"'],
  ['{"action":"B","timestamp":"noon"}', 'expected a time as "timestamp"'],
  ['{"action":"T"}', 'expected text as "table"'],
  ['{"action":"M","transactional":1}', 'true or false as "transactional"'],
  [`${INSERT}{}}`, 'expected an array as "columns"'],
  [`${INSERT}[7]}`, "expected an object"],
  [`${INSERT}[{"name":"a","value":[]}]}`, "expected a column's value"],
  [`${INSERT}[{"name":"a","type":"int"x}]}`, "expected a type"],
  [`${"[".repeat(1000)}`, "it is nested too deep"],
  ['{"change":[{"kind":"merge"}]}', 'unknown kind "merge"'],
  [`${CHANGE}"columnnames":["a"],"columnvalues":[]}]}`, "1 names and 0 values"],
  [
    `${CHANGE}"columnnames":["a"],"columntypes":[],"columnvalues":[1]}]}`,
    "1 names and 0 types",
  ],
];

for (const [text, problem] of REFUSED) {
  Deno.test(`decodeWal2jsonMessage() refuses ${text.slice(0, 60)}`, () => {
    assertThrows(() => decode(text), ProtocolError, problem);
  });
}

Deno.test("decodeWal2jsonMessage() reads a message that is counted as a second one", () => {
  const message = decode(
    '{"change":[,{"kind":"message","transactional":false,"prefix":"p","content":""}]}',
  );
  assertEquals(message.kind, "message");
});

Deno.test("decodeWal2jsonMessage() reads every text and every number", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.bigInt().map((one) => ({ digits: `${one}` })),
    fc.double({ noNaN: true, noDefaultInfinity: true })
      .map((one) => ({ digits: JSON.stringify(one) })),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), value, (name, one) => {
      const json = typeof one === "string" ? JSON.stringify(one) : one.digits;
      const key = JSON.stringify(name);
      const message = decode(`${INSERT}[{"name":${key},"value":${json}}]}`);
      assert(message.kind === "insert");
      assertEquals(message.columns, [{
        name,
        type: null,
        typeOid: null,
        value: typeof one === "string" ? one : one.digits,
      }]);
    }),
    { numRuns: 500, seed: 1 },
  );
});

Deno.test("decodeWal2jsonMessage() reads a text of some megabytes", () => {
  const value = '"\\'.repeat(1_000_000);
  const json = JSON.stringify(value);
  const message = decode(`${INSERT}[{"name":"a","value":${json}}]}`);
  assert(message.kind === "insert" && message.columns[0]?.value === value);
});

function streamOf(texts: readonly string[]): ReadableStream<Wal2jsonMessage[]> {
  const batches = texts.map((text) => [{
    kind: "XLogData" as const,
    walStart: INVALID_LSN,
    data: UTF8.encode(text),
  }]);
  return ReadableStream.from(batches)
    .pipeThrough(new Wal2jsonDecoderStream({ maxBytes: 30 }));
}

Deno.test("Wal2jsonDecoderStream joins a document torn at every character", async () => {
  const text = '{"xid":7,"change":[ ]}';
  for (let at = 1; at < text.length; at++) {
    const [batch] = await Array.fromAsync(
      streamOf([text.slice(0, at), text.slice(at)]),
    );
    assertEquals(batch?.[0]?.xid, 7);
  }
});

Deno.test("Wal2jsonDecoderStream bounds what it keeps, and refuses a torn end", async () => {
  await assertRejects(
    () => Array.fromAsync(streamOf(['{"change":[', " ".repeat(20)])),
    RangeError,
    "use format-version 2",
  );
  await assertRejects(
    () => Array.fromAsync(streamOf(['{"change":['])),
    ProtocolError,
    "ended inside a transaction",
  );
  await assertRejects(
    () => Array.fromAsync(streamOf(["]}"])),
    ProtocolError,
    "more brackets than it opens",
  );
});
