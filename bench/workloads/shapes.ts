import { inTransactions, oneTable, type Workload } from "./workload.ts";

/** A column: its type, and its value in the row `g`. */
type ColumnKind = readonly [type: string, value: string];

const MIXED: readonly ColumnKind[] = [
  ["int", "g"],
  ["text", "'item ' || g"],
  ["boolean", "g % 2 = 0"],
  ["numeric(12, 2)", "g * 1.01"],
  ["timestamptz", "'2026-01-01'::timestamptz + g * interval '1 s'"],
];
/** Column kinds of which 1,599 fit into a page of 8 KiB. */
const SMALL: readonly ColumnKind[] = [["int", "g"]];

function manyColumns(
  name: string,
  { columns, kinds, leadIn, replayed, followed }: {
    readonly columns: number;
    readonly kinds: readonly ColumnKind[];
    readonly leadIn: number;
    readonly replayed: number;
    readonly followed: number;
  },
): Workload {
  const kindOf = (at: number) => kinds[at % kinds.length]!;
  const others = Array.from({ length: columns - 1 }, (_, at) => at);
  const list = others.map((at) => `c${at} ${kindOf(at)[0]}`);
  const values = others.map((at) => kindOf(at)[1]);
  return oneTable({
    name,
    title: `rows of ${columns.toLocaleString("en")} columns`,
    table: `CREATE TABLE ${name} (id bigint PRIMARY KEY, ${list.join(", ")})`,
    size: { leadIn, replayed, followed },
    fill: (first, count) =>
      inTransactions(
        { first, count, size: 100 },
        (from, to) =>
          `INSERT INTO ${name} SELECT g, ${values.join(", ")}
        FROM generate_series(${from}, ${to}) g`,
      ),
  });
}

/** Rows of 130 mixed columns. */
export const COLUMNS_130: Workload = manyColumns("columns_130", {
  columns: 130,
  kinds: MIXED,
  leadIn: 100,
  replayed: 700,
  followed: 4000,
});

/** Rows of 1,600 columns, which is the most that PostgreSQL has. */
export const COLUMNS_1600: Workload = manyColumns("columns_1600", {
  columns: 1600,
  kinds: SMALL,
  leadIn: 10,
  replayed: 90,
  followed: 600,
});

const TABLES = 1000;

/** One row of each of 1,000 tables in turn, in transactions of 100. */
export const TABLES_1000: Workload = {
  name: "tables_1000",
  title: "one row of each of 1,000 tables in turn, 100 a transaction",
  setUp: `CREATE SCHEMA tables_1000;
    DO $$ BEGIN FOR i IN 0..${TABLES - 1} LOOP
      EXECUTE format('CREATE TABLE tables_1000.t%s
        (id bigint PRIMARY KEY, n int, label text)', i);
    END LOOP; END $$;
    CREATE PUBLICATION tables_1000 FOR TABLES IN SCHEMA tables_1000`,
  tearDown: "DROP SCHEMA tables_1000 CASCADE",
  size: { leadIn: TABLES, replayed: 12 * TABLES, followed: 40 * TABLES },
  fill: (first, count) =>
    inTransactions(
      { first, count, size: 100 },
      (from, to) =>
        `FOR g IN ${from}..${to} LOOP
        EXECUTE format('INSERT INTO tables_1000.t%s VALUES (%s, %s, ''item %s'')',
          g % ${TABLES}, g, g % 1000, g);
      END LOOP`,
    ),
};

function largeValues(
  megabytes: number,
  { leadIn, replayed }: { readonly leadIn: number; readonly replayed: number },
): Workload {
  const name = `value_${megabytes}mb`;
  const bytes = megabytes * 1_000_000;
  return oneTable({
    name,
    title: `texts of ${megabytes} MB, one in a row`,
    table: `CREATE TABLE ${name} (id bigint PRIMARY KEY, body text);
      ALTER TABLE ${name} ALTER body SET STORAGE EXTERNAL`,
    size: { leadIn, replayed, followed: replayed, valueBytes: bytes },
    fill: (first, count) =>
      inTransactions(
        { first, count, size: 1 },
        (from) =>
          `INSERT INTO ${name} VALUES (${from}, repeat('0123456789abcdef', ${
            bytes / 16
          }))`,
      ),
  });
}

/** Texts of 1 MB. */
export const VALUE_1MB: Workload = largeValues(1, { leadIn: 1, replayed: 11 });
/** Texts of 10 MB. */
export const VALUE_10MB: Workload = largeValues(10, { leadIn: 0, replayed: 3 });
/** One text of 100 MB. */
export const VALUE_100MB: Workload = largeValues(100, {
  leadIn: 0,
  replayed: 1,
});
