/** What the benches measure: tables, and the changes that are made to them. */
export interface Workload {
  /** The table's, slot's and publication's name. */
  readonly name: string;
  /** What it stands for. */
  readonly title: string;
  /** Makes the table, with what is in it before the first change. */
  readonly setUp: string;
  /** Makes changes to this many rows. */
  fill(rows: number): string;
}

const NARROW = `(
  id bigint PRIMARY KEY, n int NOT NULL, label text NOT NULL, at timestamptz NOT NULL
)`;

function narrowRows(table: string, from: string, to: string): string {
  return `INSERT INTO ${table} SELECT g, g % 1000, lpad(g::text, 20, 'abcdefghij'),
    '2026-01-01'::timestamptz + g * interval '1.000001 s'
    FROM generate_series(${from}, ${to}) g`;
}

/** The name of a workload. */
export type WorkloadName = "narrow" | "wide" | "one_row" | "huge";

/** The workloads, by name. */
export const WORKLOADS: Readonly<Record<WorkloadName, Workload>> = {
  narrow: {
    name: "narrow",
    title: "narrow rows (bigint, int, text, timestamptz), 1,000 a transaction",
    setUp: `CREATE TABLE narrow ${NARROW}`,
    fill: (rows) =>
      `DO $$ BEGIN FOR i IN 0..${Math.ceil(rows / 1000) - 1} LOOP
        ${
        narrowRows(
          "narrow",
          "i * 1000 + 1",
          `least(i * 1000 + 1000, ${rows})`,
        )
      };
        COMMIT; END LOOP; END $$`,
  },
  wide: {
    name: "wide",
    title: "rows of 20 mixed columns, 100 a transaction",
    setUp: `CREATE TABLE wide (
      id bigint PRIMARY KEY, small smallint, whole int, large bigint,
      single real, double_ double precision, yes boolean, no boolean,
      price numeric(12, 2), exact numeric, short text, long text, unicode text,
      code varchar(40), uid uuid, document jsonb, at timestamptz, local_ timestamp,
      day date, tags text[]
    )`,
    fill: (rows) =>
      `DO $$ BEGIN FOR i IN 0..${Math.ceil(rows / 100) - 1} LOOP
        INSERT INTO wide SELECT g, g % 30000, g * 7, g * 1000003::bigint,
          g / 7.0, sqrt(g), g % 2 = 0, false,
          g * 1.01, g * 123456789.123456789::numeric, 'item ' || g, repeat('lorem ipsum ', 12),
          'Zürich – ' || g || ' – 東京', md5(g::text), md5(g::text)::uuid,
          jsonb_build_object('id', g, 'name', 'item ' || g, 'price', g * 1.5,
            'tags', jsonb_build_array('a', 'b', 'c'), 'nested',
            jsonb_build_object('flag', g % 3 = 0, 'text', repeat('x', 100))),
          '2026-01-01'::timestamptz + g * interval '1 s',
          '2026-01-01'::timestamp + g * interval '1 ms',
          '2026-01-01'::date + (g % 365)::int, ARRAY['red', 'green', 'blue ' || g]
        FROM generate_series(i * 100 + 1, least(i * 100 + 100, ${rows})) g;
        COMMIT; END LOOP; END $$`,
  },
  one_row: {
    name: "one_row",
    title: "updates in transactions of one row, REPLICA IDENTITY FULL",
    setUp: `CREATE TABLE one_row ${NARROW};
      ALTER TABLE one_row REPLICA IDENTITY FULL;
      ${narrowRows("one_row", "1", "1000")}`,
    fill: (rows) =>
      `DO $$ BEGIN FOR i IN 1..${rows} LOOP
        UPDATE one_row SET n = i WHERE id = 1 + i % 1000;
        COMMIT; END LOOP; END $$`,
  },
  huge: {
    name: "huge",
    title: "one transaction of many narrow rows",
    setUp: `CREATE TABLE huge ${NARROW}`,
    fill: (rows) => narrowRows("huge", "1", `${rows}`),
  },
};
