/**
 * Writes the SQL condition that a type has no binary format, or may contain a value of a type
 * that has none: the send function of such an array, range or composite fails.
 *
 * Source: `getTypeBinaryOutputInfo()` of `src/backend/utils/cache/lsyscache.c`.
 *
 * @param oid The SQL expression for the type's OID.
 */
export function lacksBinaryForm(oid: string): string {
  // A join would read all types for each column: a recursive query looks large to the planner.
  return `EXISTS (
    WITH RECURSIVE part(oid) AS (
      SELECT ${oid}
      UNION
      SELECT within.oid FROM part
      JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) part.oid, LATERAL (
        SELECT t.typelem WHERE t.typelem OPERATOR(pg_catalog.<>) 0
        UNION ALL SELECT t.typbasetype WHERE t.typtype OPERATOR(pg_catalog.=) 'd'
        UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r
          WHERE r.rngtypid OPERATOR(pg_catalog.=) t.oid
        UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range r
          WHERE r.rngmultitypid OPERATOR(pg_catalog.=) t.oid
        UNION ALL SELECT b.atttypid FROM pg_catalog.pg_attribute b
          WHERE b.attrelid OPERATOR(pg_catalog.=) t.typrelid
            AND b.attnum OPERATOR(pg_catalog.>) 0 AND NOT b.attisdropped
      ) AS within(oid))
    SELECT FROM part WHERE (
      SELECT t.typsend FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) part.oid
    ) OPERATOR(pg_catalog.=) 0::pg_catalog.oid)`;
}
