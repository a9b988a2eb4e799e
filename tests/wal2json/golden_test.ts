import { assert, assertEquals } from "@std/assert";
import {
  decodeTestDecodingMessage,
  type TestDecodingColumn,
  UNCHANGED,
} from "@walbrook/walbrook/test_decoding";
import {
  decodeWal2jsonMessage,
  parseLsn,
  type Wal2jsonColumn,
  Wal2jsonDecoderStream,
  type Wal2jsonMessage,
} from "@walbrook/walbrook/wal2json";
import {
  bytesOf,
  type PluginMessage,
  readPluginGolden,
} from "../golden/plugin_workload.ts";

const golden = readPluginGolden("wal2json_15");
const [format1 = [], chunks = [], format2 = []] = golden.captures.map(
  ({ messages }) => messages,
);

function decode(messages: readonly PluginMessage[]): Wal2jsonMessage[] {
  return messages.map((message) =>
    decodeWal2jsonMessage(bytesOf(message), parseLsn(message[0]))
  );
}

/** What a row change says, without what only some of the formats tell. */
type Said = readonly [what: string, oldRow: unknown, newRow: unknown];

// The plugin writes null for numbers that JSON does not have.
const NO_JSON_NUMBER = ["NaN", "Infinity", "-Infinity"];
const NUMERIC = ["numeric", "real", "double precision"];

function rowOf(
  columns: readonly (Wal2jsonColumn | TestDecodingColumn)[],
  withNulls: boolean,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const { name, type, value } of columns) {
    if (value === UNCHANGED) continue;
    const isNull = value === null ||
      (NUMERIC.includes(type ?? "") && NO_JSON_NUMBER.includes(`${value}`));
    if (!isNull) row[name] = value;
    else if (withNulls) row[name] = null;
  }
  return row;
}

function wal2jsonSays(messages: readonly Wal2jsonMessage[]): Said[] {
  return messages
    .flatMap((message): readonly Wal2jsonMessage[] =>
      message.kind === "transaction" ? message.changes : [message]
    )
    .flatMap((message): Said[] => {
      const { kind } = message;
      if (kind !== "insert" && kind !== "update" && kind !== "delete") {
        return [];
      }
      const { schema, name } = message.relation;
      const identity = "identity" in message ? message.identity : null;
      const columns = "columns" in message ? message.columns : null;
      return [[
        `${kind} ${schema}.${name}`,
        identity && rowOf(identity, false),
        columns && rowOf(columns, true),
      ]];
    });
}

function testDecodingSays(): Said[] {
  const [capture] = readPluginGolden("test_decoding_15").captures;
  const said: Said[] = [];
  let begin = 0;
  for (const one of capture?.messages ?? []) {
    const message = decodeTestDecodingMessage(bytesOf(one));
    const { kind } = message;
    if (kind === "begin") begin = said.length;
    // It comes before it is known that it is rolled back.
    if (kind === "prepare" && message.gid === "second") said.length = begin;
    if (kind !== "insert" && kind !== "update" && kind !== "delete") continue;
    const { schema, name } = message.relation;
    const oldKey = "oldKey" in message ? message.oldKey : null;
    const newTuple = "newTuple" in message ? message.newTuple : null;
    said.push([
      `${kind} ${schema}.${name}`,
      oldKey && rowOf(oldKey, false),
      newTuple && rowOf(newTuple, true),
    ]);
  }
  return said;
}

Deno.test("decodeWal2jsonMessage() finds in format 1 and 2 the same changes", () => {
  const one = wal2jsonSays(decode(format1));
  assertEquals(one, wal2jsonSays(decode(format2)));
  assert(one.length > 20);
});

Deno.test("decodeWal2jsonMessage() finds what test_decoding says of the same SQL", () => {
  const expected = testDecodingSays();
  const found = wal2jsonSays(decode(format2))
    .map(([what, oldRow, newRow], at): Said => [
      what,
      // The plugin also gives a key that has not changed.
      expected[at]?.[1] === null ? null : oldRow,
      newRow,
    ]);
  assertEquals(found, expected);
});

Deno.test("Wal2jsonDecoderStream puts chunks together", async () => {
  const input = chunks.map((message) => ({
    kind: "XLogData" as const,
    walStart: parseLsn(message[0]),
    data: bytesOf(message),
  }));
  const batches = await Array.fromAsync(
    ReadableStream.from([input.slice(0, 2), input.slice(2)])
      .pipeThrough(new Wal2jsonDecoderStream()),
  );
  const messages = batches.flat();
  assertEquals(wal2jsonSays(messages), wal2jsonSays(decode(format1)));
  assertEquals(
    messages.filter(({ kind }) => kind === "message").length,
    decode(format1).filter(({ kind }) => kind === "message").length,
  );
});

Deno.test("decodeWal2jsonMessage() reads format 2 with its options", () => {
  const messages = decode(format2);
  const kinds = new Set(messages.map(({ kind }) => kind));
  assertEquals(
    [...kinds].sort(),
    ["begin", "commit", "delete", "insert", "message", "truncate", "update"],
  );
  const [begin, insert] = messages;
  assert(begin?.kind === "begin" && insert?.kind === "insert");
  const commit = messages.find(({ kind }) => kind === "commit");
  assert(commit?.kind === "commit");
  assertEquals(begin.nextLsn, commit.walStart);
  assertEquals(begin.lsn, commit.lsn);
  assertEquals(begin.origin, 0);
  assertEquals(begin.xid, insert.xid);
  assert(begin.commitTime! > 1_700_000_000_000_000n);
  assertEquals(insert.lsn, insert.walStart);
  assertEquals(insert.relation, { schema: "public", name: "by_default" });
  assertEquals(insert.columns[1], {
    name: "name",
    type: "character varying(20)",
    typeOid: 1043,
    value: "a",
  });
  assertEquals(insert.primaryKey, [
    { name: "id", type: "integer", typeOid: 23 },
  ]);
  const upstream = messages.find(({ origin }) => origin === 1);
  assertEquals(upstream?.commitTime, 946_684_799_999_999n);
  const standing = messages.find(({ kind, xid }) =>
    kind === "message" && xid === null
  );
  assert(standing?.kind === "message" && !standing.transactional);
  assertEquals([standing.prefix, standing.content], ["préfixe", "at once"]);
});

Deno.test("decodeWal2jsonMessage() keeps every digit, and reads odd names", () => {
  const rows = decode(format2).flatMap((message) =>
    message.kind === "insert" && message.relation.name === "typed"
      ? [message.columns]
      : []
  );
  const column = (row: number, name: string) =>
    rows[row]?.find((one) => one.name === name);
  assertEquals(column(1, "i8")?.value, "9223372036854775807");
  assertEquals(column(1, "n")?.value, "123456789012345678901234567890.120");
  assertEquals(column(3, "f8")?.value, "5e-324");
  assertEquals(column(3, "f4")?.value, "-0");
  assertEquals(column(1, "b")?.value, "\\x00ff");
  assertEquals(column(1, "q")?.type, 'Sché ma"."Pa]ir');
  assertEquals(column(1, "bool")?.value, "t");
  assertEquals(column(2, "n")?.value, null);
});
