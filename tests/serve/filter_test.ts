import { assertEquals, assertThrows } from "@std/assert";
import { UNCHANGED } from "@walbrook/walbrook";
import { bindFilter } from "../../src/serve/filter/bind_filter.ts";
import {
  formatFilter,
  parseFilter,
} from "../../src/serve/filter/parse_filter.ts";
import type { TableDescription } from "../../src/snapshot/table_description.ts";

const TABLE: TableDescription = {
  table: "public.t",
  columns: [
    "id int4",
    "name text",
    "at timestamptz",
    "n numeric",
    "j jsonb",
    "f float4",
    "b bool",
    "d date",
    "u uuid",
  ].map(
    (text) => {
      const [name = "", typeName = ""] = text.split(" ");
      return { name, typeName, typeSchema: "pg_catalog", typeOid: 0 };
    },
  ),
  key: ["id"],
  replicaIdentity: "default",
};

Deno.test("parseFilter() folds names as SQL does, and leaves quoted ones alone", () => {
  assertEquals(
    parseFilter(`  Id=1 and "Id" != 'it''s' AND "a""b" is not NULL `),
    [
      { column: "id", operator: "=", literal: "1" },
      { column: "Id", operator: "<>", literal: "it's" },
      { column: 'a"b', operator: "IS NOT NULL", literal: null },
    ],
  );
  assertEquals(parseFilter(" "), []);
});

for (
  const text of [
    "id",
    "id =",
    "id = 1 OR id = 2",
    "id = 1;",
    "id = 1 AND",
    "AND id = 1",
    "id = name",
    "id = 1 --",
    "(id = 1)",
    "id LIKE 'x'",
    "id = 'x",
    "id = 1x",
    "id IS 1",
    "id = 1 id = 2",
    "id = $1",
    "lower(name) = 'x'",
    "id = 1/**/",
    "id = E'\\n'",
    "name = 'a\0'",
    `${"id = 1 AND ".repeat(16)}id = 1`,
    `name = '${"x".repeat(2000)}'`,
    "a.b = 1",
    "id == 1",
    "id = NULL",
    "id = 1.",
    "id = 0x1F",
  ]
) {
  Deno.test(`parseFilter() refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
    assertThrows(() => parseFilter(text), SyntaxError, "Cannot read");
  });
}

for (
  const text of [
    "x = 1",
    "id = 1.5",
    "id = 'one'",
    "id = 9223372036854775808",
    "n = 'NaN'",
    "j = '{}'",
    "at = 'yesterday'",
    "at = '2024-02-30'",
    "at = '2024-01-01 25:00'",
    "d = '2024-01-01 10:00'",
    "d = 'infinity'",
    "b = 1",
    "b = 'yes'",
    "f = '1e50'",
    "f = 'x'",
    "u = 'x'",
    "d = '0000-01-01'",
    "name = '\ud800'",
    `f = 1${"0".repeat(60)}`,
  ]
) {
  Deno.test(`bindFilter() refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
    assertThrows(
      () => bindFilter(parseFilter(text), TABLE),
      TypeError,
      "Cannot",
    );
  });
}

Deno.test("bindFilter() writes literals so that SQL can't be injected", () => {
  const { sql } = bindFilter(
    parseFilter(`name = 'a'') OR true --\\' AND id > -1`),
    TABLE,
  );
  assertEquals(
    sql,
    `("name"::pg_catalog.text COLLATE pg_catalog."C") OPERATOR(pg_catalog.=) E'a'') OR true --\\\\'::pg_catalog.text` +
      ` AND "id" OPERATOR(pg_catalog.>) '-1'::pg_catalog.int8`,
  );
});

Deno.test("a filter can't tell where the server did not send a value it needs", () => {
  const { matches } = bindFilter(parseFilter("name = 'x' AND id > 1"), TABLE);
  assertEquals(matches({ id: 2, name: "x" }), true);
  assertEquals(matches({ id: 2, name: null }), false);
  assertEquals(matches({ id: 2, name: UNCHANGED }), null);
  assertEquals(matches({ id: 1, name: UNCHANGED }), false);
  assertEquals(matches({ name: "x" }), null);
});

Deno.test("a filter says so where a column's parser was replaced", () => {
  const { matches } = bindFilter(parseFilter("at > '2024-01-01'"), TABLE);
  assertThrows(
    () => matches({ at: new Date() }),
    TypeError,
    "leave the parser",
  );
});

Deno.test("formatFilter() gives equal filters equal texts", () => {
  assertEquals(
    formatFilter(parseFilter(`b = TRUE AND a = '1'`)),
    formatFilter(parseFilter(`"a" = 1 and "b"=true AND a = 1`)),
  );
});
