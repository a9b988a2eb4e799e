/** The name of the table that is copied, and of its publication. */
export const MIXED_TABLE = "mixed_rows";

/** The number of rows at full scale. */
export const MIXED_ROWS = 1_000_000;

/** Writes the SQL that makes a table of rows of 20 mixed columns with a serial key. */
export function makeMixedRows(rows: number): string {
  return `CREATE TABLE ${MIXED_TABLE} (
      id bigint PRIMARY KEY, small int, large bigint, price numeric, short text,
      code text, at timestamptz, yes boolean, uid uuid, share double precision,
      document jsonb, day date, first int, second int, missing text,
      later timestamptz, exact numeric, unknown boolean, other bigint, label text
    );
    INSERT INTO ${MIXED_TABLE} SELECT g, g % 1000, g * 1000003::bigint, g * 1.01,
      'item ' || g, md5(g::text), '2026-01-01'::timestamptz + g * interval '1.5 s',
      g % 2 = 0, md5(g::text)::uuid, sqrt(g),
      jsonb_build_object('id', g, 'tags', jsonb_build_array('a', 'b')),
      '2026-01-01'::date + g % 365, g, -g, NULL,
      '2027-01-01'::timestamptz - g * interval '1 s', g * 123456.789, NULL,
      g, 'label ' || g % 100
    FROM generate_series(1, ${rows}) g;
    CREATE PUBLICATION ${MIXED_TABLE} FOR TABLE ${MIXED_TABLE};
    ANALYZE ${MIXED_TABLE}`;
}
