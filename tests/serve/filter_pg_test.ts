import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { type Row, subscribe } from "@walbrook/walbrook";
import { bindFilter } from "../../src/serve/filter/bind_filter.ts";
import { parseFilter } from "../../src/serve/filter/parse_filter.ts";
import { testOnOldestAndNewest } from "../helpers/postgres.ts";

/** Values of each column, in SQL, and literals to compare them with. */
const VALUES: Readonly<
  Record<string, readonly [string, readonly string[], readonly string[]]>
> = {
  i2: ["int2", ["-32768", "0", "7"], [
    "-32768",
    "7",
    "40000",
    "-9223372036854775808",
  ]],
  i4: ["int4", ["-5", "0", "2147483647"], ["0", "+2147483647", "3000000000"]],
  i8: [
    "int8",
    ["-9223372036854775808", "9007199254740993", "9223372036854775807"],
    ["9007199254740992", "9007199254740993", "9223372036854775807"],
  ],
  n: [
    "numeric",
    [
      "0",
      "-0.10",
      "1.5",
      "1.50",
      "10",
      "9",
      "1234567890123456789012345678901234567890.5",
      "'NaN'",
    ],
    [
      "0",
      "-0.1",
      "1.5",
      "9.99",
      "1234567890123456789012345678901234567890.4",
      "1e0",
    ],
  ],
  f4: ["float4", ["0.1", "-0", "1e30", "'NaN'", "'Infinity'"], [
    "0.1",
    "0",
    "0.5",
    "'NaN'",
    "'-Infinity'",
  ]],
  f8: ["float8", ["0.1", "1e300", "'NaN'", "'-Infinity'"], [
    "0.1",
    "0",
    "'NaN'",
    "'Infinity'",
  ]],
  b: ["bool", ["true", "false"], ["true", "false", "'true'"]],
  t: [
    "text",
    [
      "''",
      "'a'",
      "'A'",
      "'ä'",
      "'Z'",
      "'\u{1f600}'",
      "'\uffee'",
      "'a '",
      "'it''s'",
      "'back\\slash'",
    ],
    [
      "''",
      "'a'",
      "'B'",
      "'ä'",
      "'\u{1f600}'",
      "'\uffee'",
      "'it''s'",
      "'back\\slash'",
    ],
  ],
  ti: ["text COLLATE insensitive", ["'a'", "'A'"], ["'a'", "'A'"]],
  v: ["varchar(9)", ["'x'", "'x '", "'y'"], ["'x'", "'x '"]],
  c: ["char(3)", ["'x'", "'y'", "'x y'"], ["'x'", "'x  '", "'x y'"]],
  u: [
    "uuid",
    [
      "'00000000-0000-0000-0000-000000000001'",
      "'FFFFFFFF-0000-0000-0000-000000000001'",
    ],
    [
      "'FFFFFFFF-0000-0000-0000-000000000001'",
      "'a0000000-0000-0000-0000-000000000001'",
    ],
  ],
  d: [
    "date",
    [
      "'2024-02-29'",
      "'0044-03-15 BC'",
      "'12024-01-01'",
      "'infinity'",
      "'-infinity'",
    ],
    ["'2024-02-29'", "'2024-03-01'"],
  ],
  ts: [
    "timestamp",
    ["'2024-02-29 12:30:00.5'", "'0044-03-15 10:00 BC'", "'infinity'"],
    ["'2024-02-29 12:30:00.5'", "'2024-02-29T12:30'", "'2024-02-29'"],
  ],
  tz: [
    "timestamptz",
    ["'2024-02-29 12:30:00+02'", "'-infinity'"],
    [
      "'2024-02-29 10:30:00Z'",
      "'2024-02-29 12:30+02:00'",
      "'2024-02-29 10:30'",
    ],
  ],
  m: ["mood", ["'good'", "'bad'"], ["'good'", "'none'"]],
  dom: ["cents", ["5", "6"], ["5"]],
};

testOnOldestAndNewest(
  "filters take the same rows in SQL and in JavaScript",
  async ({ server, sql }) => {
    await sql(
      `CREATE COLLATION insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE DOMAIN cents AS int8`,
    );
    const columns = Object.entries(VALUES).map(([name, [type]]) =>
      `${name} ${type}`
    );
    await sql(`CREATE TABLE t (id int PRIMARY KEY, ${columns.join(", ")});
    CREATE PUBLICATION p FOR TABLE t`);
    await using subscription = await subscribe({
      connection: server.url,
      slot: { name: "s", create: true, temporary: true },
      publication: "p",
      until: "snapshot",
      snapshot: "always",
    });
    let id = 0;
    const inserts = Object.entries(VALUES).flatMap(([name, [, values]]) =>
      [...values, "NULL"].map((value) =>
        `INSERT INTO t (id, ${name}) VALUES (${id++}, ${value})`
      )
    );
    await sql(inserts.join(";"));
    const table = await subscription.describeTable("public.t");
    const rows = new Map<unknown, Row>();
    for await (const event of subscription) {
      if (event.kind === "read" || event.kind === "insert") {
        rows.set(event.newRow.id, event.newRow);
      }
    }
    assertEquals(rows.size, id);
    let compared = 0;
    for (const [name, [type, , literals]] of Object.entries(VALUES)) {
      const operators = type === "mood"
        ? ["=", "<>"]
        : ["=", "<>", "<", "<=", ">", ">="];
      const texts = [
        ...literals.flatMap((literal) =>
          operators.map((operator) => `${name} ${operator} ${literal}`)
        ),
        `${name} IS NULL`,
        `${name} IS NOT NULL`,
        `${name} IS NOT NULL AND ${name} <> ${literals[0]} AND id >= 0`,
      ];
      for (const text of texts) {
        if (text.includes("1e0")) {
          assertThrows(() => parseFilter(text), SyntaxError);
          continue;
        }
        const filter = bindFilter(parseFilter(text), table);
        const taken = [...rows.values()].filter((row) =>
          filter.matches(row) === true
        );
        const truth = await sql(
          `SELECT id FROM t WHERE ${filter.sql} ORDER BY id`,
        );
        assertEquals(
          taken.map(({ id }) => Number(id)).sort((a, b) => a - b),
          truth.map(({ id }) => Number(id)),
          text,
        );
        compared += taken.length;
      }
    }
    assertGreater(compared, 300);
  },
);
