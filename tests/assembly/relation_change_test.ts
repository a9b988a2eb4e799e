import { assertEquals } from "@std/assert";
import type { Column, Relation } from "@walbrook/walbrook";
import type { ColumnNumbers } from "../../src/catalog/column_numbers.ts";
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
  columns: [ID, A, B],
  ...change,
});
const ID = column("id", { typeOid: 23, isKey: true });
const A = column("a");
const B = column("b");
const numbered = (...names: string[]): ColumnNumbers =>
  new Map(
    names.flatMap((name, at) => name === "" ? [] : [[name, at + 1] as const]),
  );

const TABLE: readonly [
  string,
  Partial<Relation>,
  readonly RelationChange[],
  ColumnNumbers?,
][] = [
  ["nothing", {}, []],
  ["an added column", { columns: [ID, A, B, column("c")] }, [
    { kind: "columnAdded", column: column("c") },
  ]],
  ["a dropped column", { columns: [ID, B] }, [
    { kind: "columnDropped", column: A },
  ]],
  [
    "a new name as dropped and added where nothing else can be told",
    { columns: [ID, column("x"), B] },
    [
      { kind: "columnDropped", column: A },
      { kind: "columnAdded", column: column("x") },
    ],
  ],
  [
    "a new name as such by the column's number",
    { columns: [ID, column("x"), B] },
    [{ kind: "columnRenamed", previous: A, column: column("x") }],
    numbered("id", "x", "b"),
  ],
  [
    "two names that were exchanged, by their numbers",
    { columns: [ID, { ...B }, { ...A }] },
    [
      { kind: "columnRenamed", previous: A, column: B },
      { kind: "columnRenamed", previous: B, column: A },
    ],
    numbered("id", "b", "a"),
  ],
  [
    "a column that was dropped and added under its name, by its number",
    { columns: [ID, B, A] },
    [
      { kind: "columnDropped", column: A },
      { kind: "columnAdded", column: A },
    ],
    numbered("id", "", "b", "a"),
  ],
  [
    "a column that was dropped and added under its name, by its place",
    { columns: [ID, B, A] },
    [
      { kind: "columnDropped", column: A },
      { kind: "columnAdded", column: A },
    ],
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
    numbered("id", "x", "b"),
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
    { columns: [column("id", { typeOid: 23 }), { ...A, isKey: true }, B] },
    [{ kind: "replicaIdentityChanged", replicaIdentity: "default" }],
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
  ],
];

for (const [name, change, expected, now] of TABLE) {
  Deno.test(`relationChanges() tells ${name}`, () => {
    const numbers = now && { previous: numbered("id", "a", "b"), now };
    assertEquals(relationChanges(table(), table(change), numbers), expected);
  });
}
