import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Relation } from "@walbrook/walbrook";
import { ProtocolError } from "@walbrook/walbrook";
import { createCodecFinder } from "@walbrook/walbrook/values";
import { RowDecoder } from "../../src/rows/row_decoder.ts";
import { valueOf } from "../../src/rows/tuple_rows.ts";
import { CopyLineReader } from "../../src/snapshot/read/copy_text.ts";
import { decodeLatin1 } from "../../src/socket/native_text_decoder.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";

const OIDS: readonly number[] = [
  ...[20, 21, 23, 16, 25, 1700, 2950, 701, 114, 3802, 1184, 17, 1007],
];
const codecFor = createCodecFinder();

function decoderOf(oids: readonly number[], bad: unknown[] = []): RowDecoder {
  const columns = oids.map((typeOid, i) => ({
    ...{ name: `c${i}`, typeOid, typeModifier: -1, isKey: false },
  }));
  const relation: Relation = {
    ...{ oid: 1, schema: "public", name: "t", primaryKey: null },
    replicaIdentity: "default",
    columns,
  };
  return new RowDecoder(relation, oids.map((oid) => codecFor(oid)), {
    onBadValue: ({ column }) => bad.push(column),
    mayRefresh: () => false,
  });
}

// Source: the manual, "COPY", "Text Format".
function copyLine(values: readonly (string | null)[]): string {
  const fields = values.map((value) =>
    value?.replace(/[\\\b\f\n\r\t\v]/g, (character) => {
      const at = "\b\f\n\r\t\v".indexOf(character);
      return at < 0 ? "\\\\" : `\\${"bfnrtv".charAt(at)}`;
    }) ?? "\\N"
  );
  return `${fields.join("\t")}\n`;
}

const TEXTS: readonly string[] = [
  ...["", "a", "twelve bytes", "thirteen byte", "é", "\\", "\\N", "a\tb\nc\\"],
  ...["32 bytes of ASCII in a text of it", "日本語のテキスト", "\u{1f600}"],
  ...["123e4567-e89b-12d3-a456-426614174000", "x".repeat(41), "\u0001\u0007"],
  ...["ends with é", "é begins", "x".repeat(300), "y\\".repeat(50), "\v\b\f\r"],
];
const VALUES: Readonly<Record<number, readonly string[]>> = {
  16: ["t", "f", "true", "é"],
  20: ["0", "-1", "999999999999999", "-999999999999999", "4294967296"]
    .concat("9223372036854775807", "-9223372036854775808", "-4294967297", "1x"),
  21: ["1", "-32768", ""],
  23: ["2147483647", "-2147483648", "-", "12 "],
  701: ["0.1", "NaN", "-Infinity", "1e+300", "-0", "", "abc"],
  114: ['{"a":"b"}', "1e400", "{", '"é"', '"a\\tb"'],
  3802: ['{"a": ["é", 1]}', "[1, 2]", `1${"0".repeat(309)}`, '"\\\\"'],
  17: ["\\x00ff", "\\x"],
  1007: ["{1,2,NULL}", "{}"],
};

Deno.test("CopyLineReader reads what the parser of each column does, wherever a line is", () => {
  const random = randomNumbers(0x636f7079);
  const encoder = new TextEncoder();
  const readers = [
    new CopyLineReader(decodeLatin1),
    new CopyLineReader(),
  ];
  for (let round = 0; round < 600; round++) {
    const oids = Array.from(
      { length: 1 + random(30) },
      () => OIDS[random(OIDS.length)]!,
    );
    const rows = Array.from({ length: 1 + random(8) }, () =>
      oids.map((oid) => {
        const values = VALUES[oid] ?? TEXTS;
        return random(6) === 0 ? null : values[random(values.length)]!;
      }));
    const badExpected: unknown[] = [];
    const byValue = decoderOf(oids, badExpected);
    const expected = rows.map((values) =>
      Object.fromEntries(
        values.map((value, i) => [`c${i}`, valueOf(byValue, i, value)]),
      )
    );
    const bytes = encoder.encode(
      "x".repeat(random(5)) + rows.map(copyLine).join(""),
    );
    // Some lines end with the bytes, as in the buffer of a message that came in pieces.
    const source = random(2) === 0 ? bytes : bytes.slice();
    for (const reader of readers) {
      const bad: unknown[] = [];
      const decoder = decoderOf(oids, bad);
      let start = source.length - sizeOf(rows);
      const found = rows.map((values) => {
        const end = start + sizeOf([values]);
        const row = reader.read(decoder, source, start, end);
        start = end;
        return row;
      });
      assertEquals(start, source.length);
      assertEquals(found, expected);
      assertEquals(bad, badExpected);
    }
  }
});

function sizeOf(rows: readonly (readonly (string | null)[])[]): number {
  return new TextEncoder().encode(rows.map(copyLine).join("")).length;
}

Deno.test("CopyLineReader reads lines that are longer than its window", () => {
  const reader = new CopyLineReader(decodeLatin1);
  const decoder = decoderOf([23, 25, 3802, 25]);
  const long = "z".repeat(100_000);
  const lines = [
    copyLine(["1", "a", "[1]", "b"]),
    copyLine(["2", long, `"${long}"`, "é"]),
    copyLine(["3", "c", "{}", "d"]),
  ];
  const bytes = new TextEncoder().encode(lines.join(""));
  let start = 0;
  const rows = lines.map((line) => {
    const end = start + new TextEncoder().encode(line).length;
    const row = reader.read(decoder, bytes, start, end);
    start = end;
    return row;
  });
  assertEquals(rows, [
    { c0: 1, c1: "a", c2: [1], c3: "b" },
    { c0: 2, c1: long, c2: long, c3: "é" },
    { c0: 3, c1: "c", c2: {}, c3: "d" },
  ]);
});

Deno.test("CopyLineReader refuses lines that no server sends", () => {
  const lines = ["1\t2", "1\n", "1\t2\t3\n", "1\n2\t3\n", "1\\\n", "1\t2\\\n"];
  for (const decode of [decodeLatin1, undefined]) {
    const reader = new CopyLineReader(decode);
    for (const line of lines) {
      const bytes = new TextEncoder().encode(line);
      assertThrows(
        () => reader.read(decoderOf([25, 25]), bytes, 0, bytes.length),
        ProtocolError,
        "Cannot read a row of COPY",
      );
    }
  }
});

Deno.test("CopyLineReader returns values that don't keep the bytes around them alive", () => {
  const reader = new CopyLineReader(decodeLatin1);
  const decoder = decoderOf([25, 25, 25, 3802, 25]);
  // Texts of each length for which another way is taken, and one inside a document.
  const line = copyLine([
    ...["twelve bytes", "thirteen byte", "a text of thirty-three bytes or so"],
    ...['["a text of thirty-three bytes or so"]', "-".repeat(20_000)],
  ]);
  const template = new TextEncoder().encode(line);
  const kept: unknown[] = [];
  const before = Deno.memoryUsage().heapUsed;
  for (let i = 0; i < 20_000; i++) {
    const bytes = template.slice();
    const { c0, c1, c2, c3 } = reader.read(decoder, bytes, 0, bytes.length);
    kept.push(c0, c1, c2, c3);
  }
  const bytesPerLine = (Deno.memoryUsage().heapUsed - before) / 20_000;
  assertEquals(kept.length, 80_000);
  assert(bytesPerLine < 4_000, `${bytesPerLine} bytes a line`);
});
