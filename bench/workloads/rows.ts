import { inTransactions, oneTable, type Workload } from "./workload.ts";

const NARROW = `(
  id bigint PRIMARY KEY, n int NOT NULL, label text NOT NULL, at timestamptz NOT NULL
)`;

function narrowRows(table: string, from: string, to: string): string {
  return `INSERT INTO ${table} SELECT g, g % 1000, lpad(g::text, 20, 'abcdefghij'),
    '2026-01-01'::timestamptz + g * interval '1.000001 s'
    FROM generate_series(${from}, ${to}) g`;
}

/** Narrow rows in transactions of 1,000. */
export const NARROW_ROWS: Workload = oneTable({
  name: "narrow",
  title: "narrow rows (bigint, int, text, timestamptz), 1,000 a transaction",
  table: `CREATE TABLE narrow ${NARROW}`,
  size: { leadIn: 5000, replayed: 20_000, followed: 30_000 },
  fill: (first, count) =>
    inTransactions(
      { first, count, size: 1000 },
      (from, to) => narrowRows("narrow", from, to),
    ),
});

/** Rows of 20 mixed columns, in transactions of 100. */
export const WIDE_ROWS: Workload = oneTable({
  name: "wide",
  title: "rows of 20 mixed columns, 100 a transaction",
  table: `CREATE TABLE wide (
    id bigint PRIMARY KEY, small smallint, whole int, large bigint,
    single real, double_ double precision, yes boolean, no boolean,
    price numeric(12, 2), exact numeric, short text, long text, unicode text,
    code varchar(40), uid uuid, document jsonb, at timestamptz, local_ timestamp,
    day date, tags text[]
  )`,
  size: { leadIn: 1000, replayed: 4000, followed: 9000 },
  fill: (first, count) =>
    inTransactions(
      { first, count, size: 100 },
      (from, to) =>
        `INSERT INTO wide SELECT g, g % 30000, g * 7, g * 1000003::bigint,
        g / 7.0, sqrt(g), g % 2 = 0, false,
        g * 1.01, g * 123456789.123456789::numeric, 'item ' || g, repeat('lorem ipsum ', 12),
        'Zürich – ' || g || ' – 東京', md5(g::text), md5(g::text)::uuid,
        jsonb_build_object('id', g, 'name', 'item ' || g, 'price', g * 1.5,
          'tags', jsonb_build_array('a', 'b', 'c'), 'nested',
          jsonb_build_object('flag', g % 3 = 0, 'text', repeat('x', 100))),
        '2026-01-01'::timestamptz + g * interval '1 s',
        '2026-01-01'::timestamp + g * interval '1 ms',
        '2026-01-01'::date + (g % 365)::int, ARRAY['red', 'green', 'blue ' || g]
      FROM generate_series(${from}, ${to}) g`,
    ),
});

/** Updates in transactions of one row. */
export const ONE_ROW: Workload = oneTable({
  name: "one_row",
  title: "updates in transactions of one row, REPLICA IDENTITY FULL",
  table: `CREATE TABLE one_row ${NARROW};
    ALTER TABLE one_row REPLICA IDENTITY FULL;
    ${narrowRows("one_row", "1", "1000")}`,
  size: { leadIn: 2000, replayed: 10_000, followed: 11_000 },
  fill: (first, count) =>
    inTransactions(
      { first, count, size: 1 },
      (from) => `UPDATE one_row SET n = ${from} WHERE id = 1 + ${from} % 1000`,
    ),
});

/** One transaction of many narrow rows. */
export const HUGE_TRANSACTION: Workload = oneTable({
  name: "huge",
  title: "one transaction of many narrow rows",
  table: `CREATE TABLE huge ${NARROW}`,
  size: { leadIn: 1000, replayed: 20_000, followed: 30_000 },
  fill: (first, count) =>
    narrowRows("huge", `${first}`, `${first + count - 1}`),
});
