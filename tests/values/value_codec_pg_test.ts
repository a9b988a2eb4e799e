import { assert, assertEquals } from "@std/assert";
import { createCodecFinder } from "@walbrook/walbrook/values";
import { type SqlClient, testOnPostgres } from "../helpers/postgres.ts";
import { publishColumns, sentRows, sqlValue } from "./sent_values.ts";
import { VALUES } from "./value_table.ts";

const ROWS = 400;

// Queries of all shapes, put together by the digits of a number to the base 5.
function tsquery(depth: number, divisor = 1): string {
  if (depth === 0) {
    const leaves = ["a", "'b''c':*AB", "d:C", "\\\\\\\\", "e:*"];
    const list = leaves.map((one) => `E'${one.replaceAll("'", "''")}'`);
    return `(array[${list}])[1 + i / ${divisor} % 5]::tsquery`;
  }
  const digit = `i / ${divisor} % 5`;
  const [x, y] = [divisor * 5 + 1, divisor * 7 + 2].map((next) =>
    tsquery(depth - 1, next)
  );
  return `CASE ${digit} WHEN 0 THEN ${x} && ${y} WHEN 1 THEN ${x} || ${y} ` +
    `WHEN 2 THEN ${x} <-> ${y} WHEN 3 THEN tsquery_phrase(${x}, ${y}, 3) ` +
    `ELSE !!${x} END`;
}

// An expression for values all over the range of a type, each row another.
const RANDOM: readonly [type: string, expression: string][] = [
  ["float4", "(random() - 0.5) * 10 ^ (i % 76 - 38)"],
  // The powers of two, and the numbers beside them.
  ["float4", "2.0 ^ (i % 250 - 125)"],
  ["float4", "2.0 ^ (i % 250 - 125) * (1 + 2.0 ^ -23)"],
  ["float4", "2.0 ^ (i % 250 - 125) * (1 - 2.0 ^ -24)"],
  ["float4", "round((random() * 10 ^ (i % 9))::numeric, i % 5)"],
  ["float8", "(random() - 0.5) * 10 ^ (i % 600 - 300)"],
  ["float8", "round(random() * 999) * 10::float8 ^ (i % 50 + 10)"],
  ["float8", "2.0::float8 ^ (i % 400 * 5 - 1000)"],
  ["float8", "round((random() * 10 ^ (i % 18))::numeric, i % 5)"],
  ["int8", "((random() - 0.5) * 2 ^ (i % 63 + 1))::int8"],
  [
    "numeric",
    "round((random() - 0.5)::numeric * 10::numeric ^ (i % 60 - 20), i % 30)",
  ],
  ["date", "'4713-01-01 BC'::date + (random() * 2200000)::int"],
  ["date", "'5874897-12-31'::date - (random() * 2 ^ (i % 31))::int"],
  [
    "timestamp",
    "'4713-01-01 BC'::timestamp + random() * (i % 700) * interval '1 year'",
  ],
  [
    "timestamptz",
    "'294276-12-31'::timestamptz - random() * (i * 730) * interval '1 year'",
  ],
  [
    "timestamptz",
    "'2024-03-01'::timestamptz - i * interval '1 day 1.000001 s'",
  ],
  ["time", "time '00:00' + random() * interval '1 day'"],
  [
    "timetz",
    "(timetz '12:34:56.7+00' AT TIME ZONE make_interval(secs => (i - 200) * 287))",
  ],
  [
    "interval",
    "make_interval(months => i % 50 - 25, days => i % 7 - 3, secs => (random() - 0.5) * 10 ^ (i % 12))",
  ],
  ["inet", "('::'::inet + (random() * 2 ^ (i % 62))::int8 - 0)"],
  [
    "inet",
    "set_masklen('0.0.0.0'::inet + (random() * 4294967295)::int8, i % 33)",
  ],
  [
    "inet",
    "host(('2001:db8::'::inet + (random() * 2 ^ 62)::int8 * (i % 2)) | ('::ffff:0'::inet + i % 3))::inet",
  ],
  ["uuid", "md5(i::text)::uuid"],
  ["bytea", "decode(substr(md5(i::text), 1, i % 16 * 2), 'hex')"],
  ["varbit", "substring((i * 7919)::bit(24) from 1 for i % 25)"],
  ["text", "repeat(chr(30 + i), i % 40)"],
  [
    "text[]",
    "array[chr(i + 8), chr(i), i::text || '\"', NULL, chr(i % 3 + 91) || chr(32 + i % 90)]",
  ],
  [
    "tstzrange",
    "tstzrange(now() - i * interval '1 h', now() + i * interval '1 m')",
  ],
  ["tsquery", tsquery(3)],
];

testOnPostgres(
  "createCodecFinder() makes the same of text and of binary",
  async ({ sql }, t) => {
    await t.step("boundary values", () => checkTable(sql));
    await sql("SELECT pg_drop_replication_slot('s')");
    await sql("DROP PUBLICATION p; DROP TABLE t");
    await t.step("many values", () => checkRandom(sql));
  },
);

async function checkTable(sql: SqlClient): Promise<void> {
  await publishColumns(sql, VALUES.map(([type]) => type));
  const values = VALUES.map(([type, text]) => sqlValue(type, text));
  await sql(`INSERT INTO t VALUES (${values.join(", ")})`);
  const text = await sentRows(sql, { binary: false });
  const binary = await sentRows(sql, { binary: true });
  const codecFor = createCodecFinder();
  const { columns } = text.relation;
  VALUES.forEach(([, , expected], i) => {
    const codec = codecFor(columns[i]!.typeOid);
    const written = text.rows[0]![i];
    const bytes = binary.rows[0]![i];
    assert(typeof written === "string");
    assert(bytes instanceof Uint8Array, values[i]);
    assertEquals(codec.fromText(written), expected, values[i]);
    assertEquals(
      codec.fromBinary(bytes, 0, bytes.length),
      expected,
      values[i],
    );
    assertEquals(codec.toText(bytes, 0, bytes.length), written, values[i]);
  });
}

async function checkRandom(sql: SqlClient): Promise<void> {
  await publishColumns(sql, RANDOM.map(([type]) => type));
  await sql("SELECT setseed(0.5)");
  const columns = RANDOM.map(([type, text]) => `(${text})::${type}`);
  await sql(
    `INSERT INTO t SELECT ${
      columns.join(", ")
    } FROM generate_series(1, ${ROWS}) i`,
  );
  const text = await sentRows(sql, { binary: false });
  const binary = await sentRows(sql, { binary: true });
  const codecFor = createCodecFinder();
  assertEquals(text.rows.length, ROWS);
  RANDOM.forEach(([, expression], i) => {
    const codec = codecFor(text.relation.columns[i]!.typeOid);
    text.rows.forEach((row, at) => {
      const written = row[i];
      const bytes = binary.rows[at]![i];
      assert(typeof written === "string");
      assert(bytes instanceof Uint8Array);
      // Bytes around the value must not matter.
      const around = new Uint8Array(bytes.length + 4).fill(0xaa);
      around.set(bytes, 2);
      const end = bytes.length + 2;
      assertEquals(codec.toText(around, 2, end), written, expression);
      assertEquals(
        codec.fromBinary(around, 2, end),
        codec.fromText(written),
        expression,
      );
    });
  });
}
