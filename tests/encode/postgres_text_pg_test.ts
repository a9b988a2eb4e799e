import { assertEquals } from "@std/assert";
import { epochDays, epochTime } from "../../src/encode/debezium_time.ts";
import {
  postgresText,
  SCALAR,
  type TextShape,
} from "../../src/encode/postgres_text.ts";
import { sharedServer } from "../helpers/postgres.ts";
import { VALUES } from "../values/value_table.ts";

const context = sharedServer();

// What a caller learns from the catalog.
function shapeOf(type: string): TextShape {
  if (type.endsWith("[]")) {
    const element = type.slice(0, -2);
    const delimiter = element === "box" ? ";" : ",";
    return { kind: "array", element: shapeOf(element), delimiter };
  }
  if (type.startsWith("json") && type !== "jsonpath") return { kind: "json" };
  if (type.endsWith("multirange")) {
    return { kind: "multirange", range: SCALAR };
  }
  return SCALAR;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

Deno.test("postgresText() writes what the server takes for the same value", async () => {
  const wrong: string[] = [];
  const majors = await context.sql.value("SHOW server_version_num");
  for (const [type, input, value] of VALUES) {
    // The bounds of an array and a document's encoding are not part of the value.
    const isLost = /^\[/.test(input) && type.endsWith("[]") ||
      input.includes(" encoding=");
    if (value === null || isLost) continue;
    const text = postgresText(value, shapeOf(type));
    const [row] = await context.sql(
      `SELECT (${literal(text)}::${type})::text AS a, (${
        literal(input)
      }::${type})::text AS b`,
    ).catch((error) => [{ a: `${error}`, b: majors! }]);
    // Numbers beyond 2^53 within JSON are rounded.
    const isSame = row!["a"] === row!["b"] ||
      JSON.stringify(tryJson(row!["a"]!)) ===
        JSON.stringify(tryJson(row!["b"]!));
    if (!isSame) wrong.push(`${type} ${input}: ${text} is ${row!["a"]}`);
  }
  assertEquals(wrong, []);
});

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

Deno.test("postgresText() writes composites, ranges of them and hstore", async () => {
  const { sql } = context;
  await sql(`CREATE EXTENSION IF NOT EXISTS hstore;
    CREATE TYPE part AS (a int, "b c" text, j json);
    CREATE TYPE whole AS (p part, l part[], t text[])`);
  const part: TextShape = {
    kind: "composite",
    attributes: [SCALAR, SCALAR, { kind: "json" }],
  };
  const list: TextShape = { kind: "array", element: part, delimiter: "," };
  const whole: TextShape = {
    kind: "composite",
    attributes: [part, list, SCALAR],
  };
  const one = { a: 1, "b c": 'x"\\, (y)', j: { k: "it's" } };
  const text = postgresText(
    { p: one, l: [one, null], t: ["", "NULL", null, "{"] },
    whole,
  );
  const found = await sql(
    `SELECT (w).p.a, ((w).l)[1]."b c" AS b, (w).p.j ->> 'k' AS k, ((w).l)[2] IS NULL AS n, array_to_json((w).t) AS t FROM (SELECT ${
      literal(text)
    }::whole AS w) AS q`,
  );
  assertEquals(found, [{
    a: "1",
    b: 'x"\\, (y)',
    k: "it's",
    n: "t",
    t: '["","NULL",null,"{"]',
  }]);
  const pairs = { 'a"': "b=>,", c: null, "": "" };
  const stored = postgresText(pairs, { kind: "hstore" });
  assertEquals(
    JSON.parse((await sql.value(`SELECT hstore_to_json(${literal(stored)})`))!),
    pairs,
  );
});

Deno.test("epochTime() and epochDays() count as the server does", async () => {
  const rows = await context.sql(`
    SELECT t::text AS t, (extract(epoch FROM t) * 1000000)::numeric(30,0) AS us,
      t::date::text AS d, t::date - date '1970-01-01' AS days
    FROM (
      SELECT timestamp '4713-01-01 BC' + i * interval '9973 days 7:41:13.123457' AS t
      FROM generate_series(0, 10000) AS i
      UNION ALL SELECT timestamp '1969-12-31 23:59:59.999999'
      UNION ALL SELECT timestamp '0001-12-31 00:00:00 BC'
      UNION ALL SELECT timestamp '2000-02-29 00:00:00.5'
    ) AS q`);
  const wrong = rows.filter(({ t, us, d, days }) =>
    epochTime(t!, "us") !== us || epochDays(d!) !== Number(days)
  );
  assertEquals(wrong, []);
  assertEquals(rows.length, 10_004);
  // extract() rounds this one.
  assertEquals(
    epochTime("294276-12-31 23:59:59.999999", "us"),
    "9224318015999999999",
  );
});
