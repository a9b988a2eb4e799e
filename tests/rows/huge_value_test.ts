import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import type { Relation } from "@walbrook/walbrook";
import type { BadValue } from "@walbrook/walbrook/subscription";
import {
  decodePgoutputMessage,
  type InsertMessage,
  UndecodedText,
} from "@walbrook/walbrook/pgoutput";
import { createCodecFinder, TYPE_OID } from "@walbrook/walbrook/values";
import { ByteCursor } from "../../src/bytes/byte_cursor.ts";
import { RowDecoder } from "../../src/rows/row_decoder.ts";
import { rowOf } from "../../src/rows/tuple_rows.ts";

/** More bytes than a string of V8 has characters. */
const SIZE = 2 ** 29;
const FORMAT = { text: 0x74, binary: 0x62 } as const;
const codecFor = createCodecFinder();

/** An Insert of a huge value, which consists of one digit, and of a short one. */
class HugeInsert {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor() {
    this.#bytes = new Uint8Array(SIZE + 26).fill(0x37); // 7
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The message: the huge value begins with some characters of its own. */
  of(format: keyof typeof FORMAT, begin: string): Uint8Array {
    const bytes = this.#bytes.fill(0x37, 0, 64);
    const view = this.#view;
    bytes.set([0x49, 0, 0, 0x40, 0, 0x4e, 0, 2]); // I, the table, N, two columns
    view.setUint8(8, FORMAT[format]);
    view.setInt32(9, SIZE);
    bytes.set(new TextEncoder().encode(begin), 13);
    const behind = SIZE + 13;
    view.setUint8(behind, FORMAT.text);
    view.setInt32(behind + 1, 5);
    bytes.set(new TextEncoder().encode("short"), behind + 5);
    return bytes.subarray(0, behind + 10);
  }
}

const insert = new HugeInsert();

function decoderOf(typeOid: number, bad: BadValue[]): RowDecoder {
  const column = { typeModifier: -1, isKey: false };
  const relation: Relation = {
    ...{ oid: 0x4000, schema: "public", name: "t", replicaIdentity: "default" },
    primaryKey: null,
    columns: [
      { ...column, name: "huge", typeOid },
      { ...column, name: "small", typeOid: TYPE_OID.TEXT },
    ],
  };
  return new RowDecoder(
    relation,
    relation.columns.map(({ typeOid }) => codecFor(typeOid)),
    { onBadValue: (value) => bad.push(value), mayRefresh: () => false },
  );
}

for (
  const [type, typeOid, format, begin] of [
    ["text", TYPE_OID.TEXT, "text", "東京"],
    ["json", TYPE_OID.JSON, "text", ""],
    ["text", TYPE_OID.TEXT, "binary", ""],
    ["jsonb", TYPE_OID.JSONB, "binary", "\x01"],
  ] as const
) {
  Deno.test(`a ${type} longer than a string, in ${format} format, is delivered as bytes, and told`, () => {
    const bad: BadValue[] = [];
    const decoder = decoderOf(typeOid, bad);
    const message = insert.of(format, begin);
    const cursor = new ByteCursor(message, "Insert");
    cursor.moveTo(6);
    const row = decoder.readRow(cursor, null);
    assertEquals(row["small"], "short");
    const { huge } = row;
    assertInstanceOf(huge, Uint8Array);
    assertEquals(huge.length, SIZE);
    assertEquals(huge.subarray(0, 8), message.subarray(13, 21));
    assert(huge.buffer !== message.buffer);
    assertEquals(bad.map(({ column }) => column), ["huge"]);
    const [{ error } = {}] = bad;
    assertInstanceOf(error, RangeError);
    assert(/^Cannot create a string of 53687091[12] bytes/.test(error.message));
  });
}

Deno.test("a bytea whose text is longer than a string is read", () => {
  const bad: BadValue[] = [];
  const decoder = decoderOf(TYPE_OID.BYTEA, bad);
  const cursor = new ByteCursor(insert.of("text", "\\xff0a"), "Insert");
  cursor.moveTo(6);
  const { huge, small } = decoder.readRow(cursor, null);
  assertInstanceOf(huge, Uint8Array);
  assertEquals(huge.length, SIZE / 2 - 1);
  assertEquals(huge.subarray(0, 3), Uint8Array.of(0xff, 0x0a, 0x77));
  assertEquals([bad, small], [[], "short"]);
});

Deno.test("decodePgoutputMessage() gives a text longer than a string as UndecodedText", () => {
  const message = decodePgoutputMessage(insert.of("text", "")) as InsertMessage;
  const [huge, small] = message.newTuple;
  assertInstanceOf(huge, UndecodedText);
  assertEquals([huge.length, huge[0], small], [SIZE, 0x37, "short"]);
  // Rows made of such a message are as those read where they lie.
  const bad: BadValue[] = [];
  const row = rowOf(decoderOf(TYPE_OID.TEXT, bad), message.newTuple, null);
  assert(row["huge"] instanceof Uint8Array);
  assert(Object.getPrototypeOf(row["huge"]) === Uint8Array.prototype);
  assertEquals([row["huge"].length, row["small"]], [SIZE, "short"]);
  assertEquals(bad.map(({ column }) => column), ["huge"]);
});
