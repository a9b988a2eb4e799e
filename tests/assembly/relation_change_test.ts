import { assertEquals } from "@std/assert";
import type { Column, Relation } from "@walbrook/walbrook";
import type { NumberRange } from "../../src/catalog/attribute_numbers.ts";
import type { FactsOfBoth } from "../../src/catalog/relation_catalog.ts";
import type { RelationChange } from "../../src/events/relation_change.ts";
import { relationChanges } from "../../src/assembly/relation_changes.ts";

const column = (name: string, change: Partial<Column> = {}): Column => ({
  name,
  typeOid: 25,
  typeModifier: -1,
  isKey: false,
  ...change,
});
const table = (change: Partial<Relation> = {}): Relation => ({
  oid: 1,
  schema: "public",
  name: "t",
  replicaIdentity: "default",
  primaryKey: ["id"],
  columns: [ID, A, B],
  ...change,
});
const ID = column("id", { typeOid: 23, isKey: true });
const A = column("a");
const B = column("b");

/**
 * What the catalog tells: the numbers before and now (`"1 2 ?"`, or `"1 2i"` where they
 * are inferred), all names that it has
 * (`-` for a dropped column), and how many of these there were before.
 */
function facts(
  before: string,
  now: string,
  names: string,
  highestNumber = 3,
): FactsOfBoth {
  const attributes = names.split(" ").map((name, at) => ({
    number: at + 1,
    name: name === "-" ? null : name,
    ...{ typeOid: 25, typeModifier: -1, isGenerated: false, changedBy: 3 },
  }));
  const table = { primaryKey: [1], attributes, memberships: [] };
  const numbers = (text: string) => ({
    ranges: text.split(" ").map((one): NumberRange =>
      one === "?" ? [1, attributes.length] : [parseInt(one), parseInt(one)]
    ),
    isInferred: text.includes("i"),
  });
  return {
    previous: { numbers: numbers(before), highestNumber, table },
    now: { numbers: numbers(now), highestNumber: attributes.length, table },
  };
}

const TABLE: readonly [
  string,
  Partial<Relation>,
  readonly RelationChange[],
  FactsOfBoth?,
][] = [
  ["nothing", {}, []],
  ["an added column", { columns: [ID, A, B, column("c")] }, [
    { kind: "columnAdded", column: column("c") },
  ], facts("1 2 3", "1 2 3 4", "id a b c")],
  ["a column that has come, if nothing tells more", {
    columns: [ID, A, B, column("c")],
  }, [
    { kind: "columnAdded", column: column("c") },
  ]],
  ["an older column that has joined the list", {
    columns: [ID, column("x"), B],
  }, [
    { kind: "columnDropped", column: A },
    { kind: "columnPublished", column: column("x") },
  ], facts("1 3 4", "1 2 4", "id x - b", 4)],
  ["no more than that where either may be the other", {
    columns: [ID, column("x"), B],
  }, [
    { kind: "columnRemoved", column: A },
    { kind: "columnAdded", column: column("x") },
  ], facts("1 ? 4", "1 2 4", "id x - b", 4)],
  ["a dropped column", { columns: [ID, B] }, [
    { kind: "columnDropped", column: A },
  ], facts("1 2 3", "1 3", "id - b")],
  ["a column that left the list", { columns: [ID, B] }, [
    { kind: "columnUnpublished", column: A },
  ], facts("1 2 3", "1 3", "id a b")],
  ["a column that left the list, and has another name now", {
    columns: [ID, B],
  }, [
    { kind: "columnUnpublished", column: A },
  ], facts("1 2 3", "1 3", "id old_a b")],
  ["a column that is gone, if nothing tells more", { columns: [ID, B] }, [
    { kind: "columnRemoved", column: A },
  ]],
  [
    "a new name as a column less and one more, if nothing tells more",
    { columns: [ID, column("x"), B] },
    [
      { kind: "columnRemoved", column: A },
      { kind: "columnAdded", column: column("x") },
    ],
  ],
  [
    "a new name as such by the column's number",
    { columns: [ID, column("x"), B] },
    [{ kind: "columnRenamed", previous: A, column: column("x") }],
    facts("1 2 3", "1 2 3", "id x b"),
  ],
  [
    "another column in the place of one that left the list",
    { columns: [ID, column("x"), B] },
    [
      { kind: "columnUnpublished", column: A },
      { kind: "columnPublished", column: column("x") },
    ],
    facts("1 2 4", "1 3 4", "id a x b", 4),
  ],
  [
    "two names that were exchanged, by their numbers",
    { columns: [ID, { ...B }, { ...A }] },
    [
      { kind: "columnRenamed", previous: A, column: B },
      { kind: "columnRenamed", previous: B, column: A },
    ],
    facts("1 2 3", "1 2 3", "id b a"),
  ],
  [
    "a name that another column has got",
    { columns: [ID, A, { ...B, name: "c" }, { ...B, typeOid: 23 }] },
    [
      {
        kind: "columnRenamed",
        previous: B,
        column: { ...B, name: "c" },
      },
      { kind: "columnAdded", column: { ...B, typeOid: 23 } },
    ],
    facts("1 2 3", "1 2 3 4", "id a c b"),
  ],
  [
    "a column that was dropped and added under its name, by its number",
    { columns: [ID, B, A] },
    [
      { kind: "columnDropped", column: A },
      { kind: "columnAdded", column: A },
    ],
    facts("1 2 3", "1 3 4", "id - b a"),
  ],
  [
    "a column that was dropped and added in the same place, by its number",
    {},
    [
      { kind: "columnDropped", column: B },
      { kind: "columnAdded", column: B },
    ],
    facts("1 2 3", "1 2 4", "id a - b"),
  ],
  [
    "a column that was dropped and added under its name, by its place",
    { columns: [ID, B, A] },
    [
      { kind: "columnRemoved", column: A },
      { kind: "columnAdded", column: A },
    ],
  ],
  [
    "a column of the same name and type as the same, if its number is not known",
    { columns: [ID, A, { ...B, typeModifier: 9 }] },
    [{
      kind: "columnRetyped",
      previous: B,
      column: { ...B, typeModifier: 9 },
    }],
    facts("1 2 ?", "1 2 ?", "id a x b"),
  ],
  [
    "a column of the same name and another type as another, if its number is not known",
    { columns: [ID, A, { ...B, typeOid: 23 }] },
    [
      { kind: "columnRemoved", column: B },
      { kind: "columnAdded", column: { ...B, typeOid: 23 } },
    ],
    facts("1 2 ?", "1 2 4", "id a x b"),
  ],
  [
    "a new name as a column less and one more by inferred numbers",
    { columns: [ID, column("x"), B] },
    [
      { kind: "columnRemoved", column: A },
      { kind: "columnAdded", column: column("x") },
    ],
    facts("1 2 3i", "1 2 3", "id x b"),
  ],
  [
    "nothing by inferred numbers that give the name of one column to another",
    { columns: [ID, column("g"), A, B] },
    [{ kind: "columnAdded", column: column("g") }],
    facts("1 2 3i", "1 2 3 4", "id g a b"),
  ],
  [
    "a new name and type of one column",
    { columns: [ID, column("x", { typeOid: 23 }), B] },
    [
      {
        kind: "columnRenamed",
        previous: A,
        column: column("x", { typeOid: 23 }),
      },
      {
        kind: "columnRetyped",
        previous: A,
        column: column("x", { typeOid: 23 }),
      },
    ],
    facts("1 2 3", "1 2 3", "id x b"),
  ],
  ["another type", { columns: [ID, column("a", { typeOid: 1043 }), B] }, [
    {
      kind: "columnRetyped",
      previous: A,
      column: column("a", { typeOid: 1043 }),
    },
  ]],
  ["another modifier", { columns: [ID, column("a", { typeModifier: 9 }), B] }, [
    {
      kind: "columnRetyped",
      previous: A,
      column: column("a", { typeModifier: 9 }),
    },
  ]],
  ["another name and schema of the table", { schema: "s", name: "u" }, [
    { kind: "tableRenamed", schema: "public", name: "t" },
  ]],
  ["another replica identity", { replicaIdentity: "nothing" }, [
    { kind: "replicaIdentityChanged", replicaIdentity: "default" },
  ]],
  [
    "another key",
    {
      columns: [column("id", { typeOid: 23 }), { ...A, isKey: true }, B],
      primaryKey: ["a"],
    },
    [
      { kind: "replicaIdentityChanged", replicaIdentity: "default" },
      { kind: "primaryKeyChanged", primaryKey: ["id"] },
    ],
  ],
  ["no primary key any more", { primaryKey: null }, [
    { kind: "primaryKeyChanged", primaryKey: ["id"] },
  ]],
  [
    "a new name of a key's column, and no other key",
    { columns: [{ ...ID, name: "key" }, A, B], primaryKey: ["key"] },
    [{
      kind: "columnRenamed",
      previous: ID,
      column: { ...ID, name: "key" },
    }],
    facts("1 2 3", "1 2 3", "key a b"),
  ],
  [
    "all at once, in order",
    { name: "u", columns: [ID, column("b", { typeOid: 1 }), column("c")] },
    [
      { kind: "tableRenamed", schema: "public", name: "t" },
      { kind: "columnDropped", column: A },
      {
        kind: "columnRetyped",
        previous: B,
        column: column("b", { typeOid: 1 }),
      },
      { kind: "columnAdded", column: column("c") },
    ],
    facts("1 2 3", "1 3 4", "id - b c"),
  ],
];

for (const [name, change, expected, known = null] of TABLE) {
  Deno.test(`relationChanges() tells ${name}`, () => {
    assertEquals(relationChanges(table(), table(change), known), expected);
  });
}

Deno.test("relationChanges() tells no other identity where FULL has a column more", () => {
  const full = (columns: readonly Column[]) =>
    table({
      replicaIdentity: "full",
      columns: columns.map((one) => ({ ...one, isKey: true })),
    });
  assertEquals(
    relationChanges(full([ID, A]), full([ID, A, B]), null).map(({ kind }) =>
      kind
    ),
    ["columnAdded"],
  );
});
