import { assertEquals } from "@std/assert";
import { builtInTypeOid, catalogTypeOid } from "../../src/values/type_name.ts";

const NAMES: readonly [string, number | undefined][] = [
  ["int8", 20],
  ["bigint", 20],
  ["BigInt", 20],
  ["_int8", 1016],
  ["int8[]", 1016],
  ["bigint[]", 1016],
  ["double  precision", 701],
  [" timestamp with time zone ", 1184],
  ["timestamp with time zone []", 1185],
  ["char", 1042],
  ['"char"', 18],
  ["char[]", 1014],
  ["_char", 1002],
  ["pg_lsn", 3220],
  ["mood", undefined],
  ["", undefined],
  ["[]", undefined],
  ["_", undefined],
  ["constructor", undefined],
  ["__proto__", undefined],
  ["varchar(20)", undefined],
];

for (const [name, oid] of NAMES) {
  Deno.test(`builtInTypeOid() finds ${oid} for ${JSON.stringify(name)}`, () => {
    assertEquals(builtInTypeOid(name), oid);
  });
}

Deno.test("catalogTypeOid() knows the catalog's names alone", () => {
  const names = ["int4", "_int4", "char", "bigint", "int4[]"];
  assertEquals(names.map(catalogTypeOid), [23, 1007, 18, undefined, undefined]);
});
