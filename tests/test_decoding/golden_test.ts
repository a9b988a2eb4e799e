import { assertEquals } from "@std/assert";
import {
  decodeTestDecodingMessage,
  parseLsn,
  type TestDecodingMessage,
  UNCHANGED,
} from "@walbrook/walbrook/test_decoding";
import { bytesOf, readPluginGolden } from "../golden/plugin_workload.ts";
import { encodeTestDecodingMessage } from "./encode_test_decoding_message.ts";

const UTF8 = new TextDecoder();

type Kind = TestDecodingMessage["kind"];

const KINDS: readonly Kind[] = [
  ...["begin", "commit", "insert", "update", "delete", "truncate"] as const,
  ...["message", "prepare", "commitPrepared", "rollbackPrepared"] as const,
  ...["streamStart", "streamStop", "streamChange", "streamTruncate"] as const,
  ...["streamMessage", "streamAbort", "streamCommit"] as const,
  "streamPrepare",
];

function rowOf(
  columns: readonly { name: string; value: unknown }[] | null,
): unknown {
  return columns &&
    Object.fromEntries(columns.map(({ name, value }) => [name, value]));
}

for (const major of [14, 15, 16, 17, 18]) {
  const golden = readPluginGolden(`test_decoding_${major}`);
  const decoded = golden.captures.map(({ messages }) =>
    messages.map((message) =>
      decodeTestDecodingMessage(bytesOf(message), parseLsn(message[0]))
    )
  );
  const [all = []] = decoded;

  Deno.test(`decodeTestDecodingMessage() loses nothing of PostgreSQL ${major}'s bytes`, () => {
    golden.captures.forEach(({ messages }, at) => {
      assertEquals(
        decoded[at]?.map((message) =>
          UTF8.decode(encodeTestDecodingMessage(message))
        ),
        messages.map((message) => UTF8.decode(bytesOf(message))),
      );
    });
  });

  Deno.test(`decodeTestDecodingMessage() reads every kind of message of PostgreSQL ${major}`, () => {
    // 18 does not stream what it knows to be rolled back.
    const expected = KINDS.filter((kind) =>
      major < 18 || kind !== "streamAbort"
    );
    const found = new Set(decoded.flat().map(({ kind }) => kind));
    assertEquals(expected.filter((kind) => !found.has(kind)), []);
  });

  Deno.test(`decodeTestDecodingMessage() finds in PostgreSQL ${major}'s bytes what the SQL did`, () => {
    const changes = all.filter(({ kind }) =>
      kind === "insert" || kind === "update" || kind === "delete"
    );
    const said = changes.map((change) => {
      const oldKey = "oldKey" in change ? rowOf(change.oldKey) : undefined;
      const newRow = "newTuple" in change ? rowOf(change.newTuple) : undefined;
      return [change.kind, oldKey, newRow];
    });
    const big = "x".repeat(2100);
    assertEquals(said.slice(0, 6), [
      ["insert", undefined, { id: "1", name: "a", big }],
      ["insert", undefined, { id: "2", name: null, big: "" }],
      ["insert", undefined, { id: "3", name: "null", big: "'\n\\" }],
      ["update", null, { id: "1", name: "b", big: UNCHANGED }],
      ["update", { id: "2" }, { id: "-2147483648", name: null, big: "" }],
      ["delete", { id: "1" }, undefined],
    ]);
    const odd = changes.findLast((change) =>
      change.kind === "update" && change.relation.schema === "Sché ma"
    );
    assertEquals(odd?.kind === "update" && odd, {
      kind: "update",
      walStart: odd!.walStart,
      relation: { schema: "Sché ma", name: 'Odd "na[me]"' },
      oldKey: [{ name: "select", type: "integer", value: "5" }],
      newTuple: [
        { name: "größe [x]:", type: "text", value: "1" },
        { name: 'a"b', type: "text", value: "" },
        { name: "select", type: "integer", value: "6" },
      ],
    });
  });

  Deno.test(`decodeTestDecodingMessage() reads PostgreSQL ${major}'s types and values`, () => {
    const rows = all.flatMap((message) =>
      message.kind === "insert" && message.relation.name === "typed"
        ? [message.newTuple ?? []]
        : []
    );
    const types = Object.fromEntries(
      rows[0]?.map(({ name, type }) => [name, type]) ?? [],
    );
    assertEquals(
      [types["char"], types["ts"], types["va"], types["bits"], types["q"]],
      [
        '"char"',
        "timestamp without time zone",
        "character varying[]",
        "bit",
        '"Sché ma"."Pa]ir"',
      ],
    );
    const picked = ["bool", "i8", "n", "f8", "bits", "m", "q", "ta", "titz"];
    const values = rows.map((row) =>
      picked.map((name) => row.find((column) => column.name === name)?.value)
    );
    assertEquals(values, [
      picked.map(() => null),
      [
        "t",
        "9223372036854775807",
        "123456789012345678901234567890.120",
        "0.1",
        "101",
        "it's fine",
        '(1,"x,""y")',
        '{"a b",NULL,"null"}',
        "12:34:56.789+05:30",
      ],
      [
        "f",
        "-9223372036854775808",
        "NaN",
        "-Infinity",
        "000",
        "sad",
        "(,)",
        "{}",
        "24:00:00-08",
      ],
      [
        ...[null, "0", "Infinity", "5e-324", null, null, null],
        ...["[0:1]={a,b}", "00:00:00+15:59"],
      ],
    ]);
  });
}
