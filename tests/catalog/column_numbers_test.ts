import { assertEquals } from "@std/assert";
import type { Relation } from "@walbrook/walbrook";
import { columnNumbers } from "../../src/catalog/column_numbers.ts";

function table(names: string): Relation {
  return {
    oid: 1,
    schema: "public",
    name: "t",
    replicaIdentity: "default",
    columns: names.split(" ").map((name) => ({
      name,
      typeOid: 23,
      typeModifier: -1,
      isKey: false,
    })),
  };
}

// Before, now, all columns that the catalog knows (- for a dropped one), and the numbers
// of the columns before.
const TABLE: readonly [string, string, string, string, string | null][] = [
  ["a new name in the middle", "id a b", "id x b", "id x b", "1 2 3"],
  ["a new name at the end", "id a", "id x", "id x", "1 2"],
  ["a new name, and one more", "id a", "id x y", "id x y", "1 2"],
  ["two new names", "id a b c", "id x y c", "id x y c", "1 2 3 4"],
  ["a new name, and one less", "a b id", "x id", "x - id", "1 2 3"],
  ["one dropped, one added", "id a b", "id b x", "id - b x", "1 2 3"],
  ["one left out, another published", "id a b", "id x b", "id a x b", "1 2 4"],
  ["one dropped long ago", "id a b", "id x b", "id - x b", "1 3 4"],
  ["what is not clear at the end", "id a", "id x", "id - x", null],
  ["what is not clear in the middle", "id a b c", "id x c", "id - - x c", null],
  ["names that were exchanged", "id a b", "id b a", "id b a", null],
  ["a catalog that is ahead", "id a b", "id x b", "id y b", null],
  ["a catalog that says nothing", "id a b", "id x b", "", null],
];

for (const [what, before, now, catalog, expected] of TABLE) {
  Deno.test(`columnNumbers() concludes ${what}`, () => {
    const attributes = catalog.split(" ").map((name, at) => ({
      number: at + 1,
      name: name === "-" || name === "" ? null : name,
    }));
    const numbers = columnNumbers(table(before), table(now), attributes);
    assertEquals(
      numbers && before.split(" ").map((name) => numbers.previous.get(name))
        .join(" "),
      expected,
    );
  });
}
