import { assert, assertEquals } from "@std/assert";
import { type Relation, type Row, UNCHANGED } from "@walbrook/walbrook";
import type { TupleData } from "@walbrook/walbrook/pgoutput";
import { ByteCursor } from "../../src/bytes/byte_cursor.ts";
import { RowDecoder } from "../../src/rows/row_decoder.ts";
import { keyOf, rowOf, sentKeyOf } from "../../src/rows/tuple_rows.ts";

function relationOf(
  names: readonly string[],
  options: Partial<Relation> & { readonly keys?: readonly string[] } = {},
): Relation {
  const { keys = [], ...rest } = options;
  return {
    oid: 1,
    schema: "public",
    name: "t",
    replicaIdentity: "default",
    primaryKey: keys.length > 0 ? keys : null,
    columns: names.map((name) => ({
      name,
      typeOid: 25,
      typeModifier: -1,
      isKey: keys.includes(name),
    })),
    ...rest,
  };
}

function decoderOf(
  relation: Relation,
  bad: unknown[][] = [],
  parse: (text: string) => unknown = (text) => `<${text}>`,
): RowDecoder {
  return new RowDecoder(
    relation,
    relation.columns.map(() => ({
      fromText: parse,
      fromBinary: (bytes, start, end) => parse(`${bytes.slice(start, end)}`),
      toText: (bytes, start, end) => `${bytes.slice(start, end)}`,
    })),
    {
      onBadValue: ({ relation, column, error }) =>
        bad.push([relation, column, error]),
      mayRefresh: () => false,
    },
  );
}

Deno.test("rowOf() reads text and bytes and leaves null as it is", () => {
  const decoder = decoderOf(relationOf(["a", "b", "c", "d"]));
  const bytes = Uint8Array.of(1);
  const row = rowOf(decoder, ["x", "", null, bytes], null);
  assertEquals(row, { a: "<x>", b: "<>", c: null, d: "<1>" });
  assertEquals(Object.keys(row), ["a", "b", "c", "d"]);
});

Deno.test("rowOf() takes what is unchanged from the old row", () => {
  const decoder = decoderOf(relationOf(["a", "b", "c"]));
  assertEquals(rowOf(decoder, ["x", UNCHANGED, UNCHANGED], ["o", "p", null]), {
    a: "<x>",
    b: "<p>",
    // A null in an old key stands for "not sent", so it can't be taken.
    c: UNCHANGED,
  });
  assertEquals(rowOf(decoder, [UNCHANGED, null, "z"], null), {
    a: UNCHANGED,
    b: null,
    c: "<z>",
  });
});

Deno.test("keyOf() gives the key's columns alone", () => {
  const relation = relationOf(["a", "b", "c"], { keys: ["a", "c"] });
  assertEquals(keyOf(decoderOf(relation), ["x", null, "z"]), {
    a: "<x>",
    c: "<z>",
  });
});

Deno.test("keyOf() is null where there is none", () => {
  assertEquals(keyOf(decoderOf(relationOf(["a"])), ["x"]), null);
});

Deno.test("sentKeyOf() gives what is sent, whatever the table's key is by now", () => {
  const relation = relationOf(["a", "b", "c"], { keys: ["a", "b"] });
  const decoder = decoderOf(relation);
  const cases: [TupleData, Row | null][] = [
    [["x", UNCHANGED, UNCHANGED], { a: "<x>" }],
    [[UNCHANGED, UNCHANGED, "z"], { c: "<z>" }],
    [["x", "y", "z"], { a: "<x>", b: "<y>", c: "<z>" }],
    [["x", "y", UNCHANGED], { a: "<x>", b: "<y>" }],
    [[UNCHANGED, UNCHANGED, null], { c: null }],
    [[UNCHANGED, UNCHANGED, UNCHANGED], null],
  ];
  for (const [tuple, expected] of cases) {
    assertEquals(sentKeyOf(decoder, tuple), expected);
  }
});

Deno.test("RowDecoder has a key with FULL, too, if the catalog knows the primary key", () => {
  const options = { keys: ["a"], replicaIdentity: "full" } as const;
  const row = { a: 1 };
  const key = (relation: Relation) => decoderOf(relation).keyOf(row);
  assertEquals(key(relationOf(["a"], options)), { a: 1 });
  assertEquals(key(relationOf(["a"], { ...options, primaryKey: null })), null);
});

Deno.test("RowDecoder reads columns whose names mean something to JavaScript", () => {
  const names = [
    "__proto__",
    "constructor",
    "toString",
    "0",
    "",
    "hasOwnProperty",
  ];
  const relation = relationOf(names, { keys: ["__proto__"] });
  const decoder = decoderOf(relation);
  const row = rowOf(decoder, names, null);
  assertEquals(new Set(Object.keys(row)), new Set(names));
  for (const name of names) {
    assertEquals(Object.getOwnPropertyDescriptor(row, name), {
      value: `<${name}>`,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  assert(Object.getPrototypeOf(row) === Object.prototype);
  const key = keyOf(decoder, names);
  assertEquals(Object.keys(key ?? {}), ["__proto__"]);
  assertEquals(({} as Record<string, unknown>)["x"], undefined);
});

Deno.test("RowDecoder gives a value as text where its parser throws, and tells", () => {
  const bad: unknown[][] = [];
  const problem = new RangeError("Too large");
  const relation = relationOf(["a", "b"]);
  const decoder = decoderOf(relation, bad, (text) => {
    if (text === "bad") throw problem;
    return text.length;
  });
  assertEquals(rowOf(decoder, ["bad", "good"], null), { a: "bad", b: 4 });
  assertEquals(bad, [[relation, "a", problem]]);
});

Deno.test("RowDecoder.readRow() sees a change of any one byte of a value", () => {
  const decoder = decoderOf(relationOf(["a"]));
  for (let size = 1; size < 12; size++) {
    for (let place = 0; place < size; place++) {
      const old = "x".repeat(size);
      const changed = `${old.slice(0, place)}y${old.slice(place + 1)}`;
      const bytes = Uint8Array.from([...tuple(old), ...tuple(changed)]);
      const cursor = new ByteCursor(bytes, "test");
      const oldRow = decoder.readRow(cursor, null);
      assertEquals(oldRow, { a: `<${old}>` });
      const newRow = decoder.readRow(cursor, 0, oldRow);
      assertEquals(newRow, { a: `<${changed}>` });
    }
  }
});

// The TupleData of one column, in text format.
function tuple(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [0, 1, 0x74, 0, 0, 0, bytes.length, ...bytes];
}

for (const count of [119, 120, 121, 128, 129, 1600]) {
  Deno.test(`RowDecoder makes plain objects of rows of ${count} columns, in their order`, () => {
    // One of them has a name that objects inherit something by.
    const names = Array.from(
      { length: count },
      (_, i) => i === 7 ? "__proto__" : `column ${i}`,
    );
    const relation = relationOf(names, { keys: ["column 2", "__proto__"] });
    const decoder = decoderOf(relation);
    const texts = names.map((_, i) => `${i % 10}`);
    const read = decoder.readRow(
      new ByteCursor(textTuple(texts), "a tuple"),
      null,
    );
    for (const row of [read, rowOf(decoder, texts, null)]) {
      assert(Object.getPrototypeOf(row) === Object.prototype);
      assertEquals<unknown>(
        Object.entries(row),
        names.map((name, i) => [name, `<${i % 10}>`]),
      );
      assertEquals<unknown>(Object.entries(decoder.keyOf(row) ?? {}), [
        ["column 2", "<2>"],
        ["__proto__", "<7>"],
      ]);
    }
  });
}

// A tuple of values in text format.
function textTuple(texts: readonly string[]): Uint8Array {
  const parts = texts.flatMap((text) => {
    const bytes = new TextEncoder().encode(text);
    return [0x74, 0, 0, bytes.length >> 8, bytes.length & 0xff, ...bytes];
  });
  return Uint8Array.of(texts.length >> 8, texts.length & 0xff, ...parts);
}
