import { assertEquals } from "@std/assert";
import type { Column } from "@walbrook/walbrook";
import {
  attributeNumbers,
  highestNumber,
} from "../../src/catalog/attribute_numbers.ts";
import type { Attribute, CatalogTable } from "../../src/catalog/table_query.ts";

const XID = 1_000;

// "id a:25 b" as columns, of type 23 unless it says otherwise.
function columns(text: string): Column[] {
  return text.split(" ").filter((one) => one !== "").map((one) => {
    const [name = "", typeOid = "23"] = one.split(":");
    return { name, typeOid: Number(typeOid), typeModifier: -1, isKey: false };
  });
}

// The same as rows of the catalog: a dropped one is "-", and one that a later transaction
// wrote has a "!" behind it.
function attributes(text: string, later = XID + 1): Attribute[] {
  return columns(text).map(({ name, typeOid, typeModifier }, at) => ({
    number: at + 1,
    name: name.startsWith("-") ? null : name.replace("!", ""),
    typeOid: name.startsWith("-") ? 0 : typeOid,
    typeModifier,
    isGenerated: name.startsWith("gen"),
    changedBy: name.endsWith("!") ? later : 700,
  }));
}

function catalogTable(
  attributes: readonly Attribute[],
  memberships: CatalogTable["memberships"] = [],
): CatalogTable {
  return { primaryKey: null, attributes, memberships };
}

const TABLE: readonly (readonly [string, string, string, string | null])[] = [
  ["columns that never changed", "id a b", "id a b", "1 2 3"],
  ["a column list", "id b", "id a b", "1 3"],
  ["what was dropped before", "id b", "id - b", "1 3"],
  ["no columns", "", "id a", ""],
  ["a later name", "id a b", "id x! b", "1 2 3"],
  ["a later name and type", "id a b", "id x!:25 b", "1 2 3"],
  ["what was dropped later", "id a b", "id -! b", "1 2 3"],
  ["what was added later", "id a", "id a x!", "1 2"],
  ["two later names", "id a b c", "id x! y! c", "1 2 3 4"],
  ["a name that another column has got", "id a b", "id x! b a!", "1 2 3"],
  ["names that were exchanged later", "a b", "b! a!", "1 2"],
  ["what is not clear at the end", "id a", "id x! y!", "1 2-3"],
  ["what is not clear in the middle", "id a c", "id x! y! c", "1 2-3 4"],
  ["a list that moved on to a new column", "id a", "id old_a! a!", "1 2-3"],
  ["one that is not published beside it", "id a", "id x! y", "1 2"],
  [
    "four of five that were written later",
    "id a b",
    "id u! v! w!",
    "1 2-3 3-4",
  ],
  ["a column that the catalog never had", "id a b", "id a", null],
  ["an earlier name that does not fit", "id a b", "id x b", null],
  ["an earlier type that does not fit", "id a", "id a:25", null],
  ["an order that does not fit", "b a", "a b", null],
  ["no catalog", "id", "", null],
];

function textOf(
  described: string,
  catalog: string,
  memberships: CatalogTable["memberships"] = [],
): string | null {
  const numbers = attributeNumbers(
    columns(described),
    catalogTable(attributes(catalog), memberships),
    XID,
  );
  const text = numbers?.ranges.map(([low, high]) =>
    low === high ? `${low}` : `${low}-${high}`
  ).join(" ");
  return text === undefined || !numbers?.isInferred
    ? text ?? null
    : `inferred ${text}`;
}

for (const [what, described, catalog, expected] of TABLE) {
  Deno.test(`attributeNumbers() finds ${what}`, () => {
    assertEquals(textOf(described, catalog), expected);
  });
}

const ALL = [{ changedBy: 0, isWhole: true }];

const INFERRED: readonly (readonly [string, string, string, string])[] = [
  ["four later names of five", "a b c d", "v! w! x! y! z!", "inferred 1 2 3 4"],
  ["a later drop and a new one", "id a", "id -! x!", "inferred 1 2"],
  ["one dropped before, others later", "a b", "x! - y! z!", "inferred 1 3"],
  ["no generated column", "id b", "id gen x! y!", "inferred 1 3"],
  [
    "a generated one that is sent",
    "id gen b",
    "id gen x! y!",
    "inferred 1 2 3",
  ],
  ["what is certain anyway", "id a b", "id x! b", "1 2 3"],
  ["a column that kept its name behind another", "id b", "id g! b!", "1 2-3"],
  ["a name used again", "id a b", "id x! b! a!", "inferred 1 2 3"],
];

for (const [what, described, catalog, expected] of INFERRED) {
  Deno.test(`attributeNumbers() counts columns where all are sent: ${what}`, () => {
    assertEquals(textOf(described, catalog, ALL), expected);
  });
}

Deno.test("attributeNumbers() counts no columns where a list may have left some out", () => {
  const later = { changedBy: XID + 1, isWhole: true };
  const list = { changedBy: 700, isWhole: false };
  const before = { changedBy: 700, isWhole: true };
  const cases = [[], [later], [list], [before, list], [later, later]];
  for (const memberships of cases) {
    assertEquals(textOf("id a", "id x! y!", memberships), "1 2-3");
  }
  for (const memberships of [[before], [later, before]]) {
    assertEquals(textOf("id a", "id x! y!", memberships), "inferred 1 2");
  }
});

Deno.test("attributeNumbers() finds the order of transactions though their ids have wrapped around", () => {
  for (const [written, xid] of [[4_294_967_000, 500], [3, 2 ** 31], [1, 3]]) {
    const table = catalogTable(attributes("id a! b", written));
    assertEquals(
      attributeNumbers(columns("id b"), table, xid!)?.ranges,
      [[1, 1], [3, 3]],
    );
  }
  const table = catalogTable(attributes("id a! b", 500));
  assertEquals(
    attributeNumbers(columns("id b"), table, 4_294_967_000)?.ranges,
    [[1, 2], [2, 3]],
  );
});

Deno.test("highestNumber() counts what was there, published or not", () => {
  const cases: [string, string, number][] = [
    ["id", "id a b", 3],
    ["id", "id a b!", 2],
    ["id a", "id a! b!", 2],
    ["id", "id -! b!", 1],
  ];
  for (const [described, catalog, expected] of cases) {
    const all = attributes(catalog);
    const numbers = attributeNumbers(
      columns(described),
      catalogTable(all),
      XID,
    );
    assertEquals(highestNumber(numbers, all, XID), expected, catalog);
  }
});
