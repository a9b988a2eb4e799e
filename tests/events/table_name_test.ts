import { assertEquals } from "@std/assert";
import { tableName } from "@walbrook/walbrook";

const TABLE: readonly (readonly [string, string, string])[] = [
  ["public", "orders", "public.orders"],
  ["App", "Order Items", "App.Order Items"],
  ["public", "v1.orders", 'public."v1.orders"'],
  ["a.b", "c", '"a.b".c'],
  ["a", "b.c", 'a."b.c"'],
  ['say "hi"', "t", '"say ""hi""".t'],
  ["", "t", ".t"],
  ["größe", "💧", "größe.💧"],
];

for (const [schema, name, expected] of TABLE) {
  Deno.test(`tableName() writes ${JSON.stringify([schema, name])} as ${expected}`, () => {
    assertEquals(tableName({ schema, name }), expected);
  });
}

Deno.test("tableName() gives no two tables the same name", () => {
  const parts = ["a", ".", '"', "a.b", '"a"', 'a".', '."', "", '""', '"."'];
  const pairs = parts.flatMap((schema) =>
    parts.map((name) => tableName({ schema, name }))
  );
  assertEquals(new Set(pairs).size, pairs.length);
});
