import { lacksBinaryForm } from "../catalog/binary_form.ts";
import { PUBLISHED, publishedTables } from "../catalog/table_query.ts";
import type { QueryResult } from "../session/simple_query.ts";
import type { WarningCause } from "../warning.ts";

/**
 * Reads the answer to {@linkcode obstacleQuery}.
 *
 * @returns The obstacle, or `null`.
 */
export function readObstacle(
  [result]: readonly QueryResult[],
): WarningCause | null {
  const row = result?.rows[0];
  if (row === undefined) return null;
  const [schema, table, column, type] = row;
  return noBinaryForm(
    `column "${column}" of table "${schema}"."${table}" has type ${type}, which contains a type without a send function`,
    `${schema}.${table}.${column}`,
  );
}

/**
 * Creates the warning that values come as text although the binary format was requested.
 *
 * @param reason The reason.
 * @param subject What distinguishes this cause from others.
 */
export function noBinaryForm(reason: string, subject: string): WarningCause {
  return {
    code: "noBinaryForm",
    subject,
    message:
      `The server sends all values as text, although binary was asked for: ${reason}`,
    hint:
      "Leave out binary, or leave the column out of the publication: with binary, values of some types of extensions come in another form than as text",
  };
}

/**
 * Writes the query for a published column whose values can't be sent in binary format. The
 * server sends a type without a send function as text; but an array, range or composite that
 * contains such a type has a send function, which fails, and ends the stream.
 *
 * Does not find one in tables of which only some columns are published; the stream then
 * reports it.
 *
 * @param publications The publications.
 * @param serverMajor The server's major version.
 */
export function obstacleQuery(
  publications: readonly string[],
  serverMajor: number,
): string {
  return `
WITH RECURSIVE ${publishedTables(publications, serverMajor)}, sent AS (
  SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod
  FROM pg_catalog.pg_attribute a
  WHERE a.attrelid OPERATOR(pg_catalog.=) ANY (
      SELECT p.oid FROM ${PUBLISHED} p WHERE p.is_whole)
    AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    AND a.attgenerated OPERATOR(pg_catalog.=) ''
), kind(oid) AS (
  SELECT DISTINCT s.atttypid FROM sent s
), failing(oid) AS (
  SELECT k.oid FROM kind k
  JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) k.oid
  WHERE y.typsend OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
    AND ${lacksBinaryForm("k.oid")}
)
SELECT n.nspname, c.relname, s.attname,
  pg_catalog.format_type(s.atttypid, s.atttypmod)
FROM sent s
JOIN failing f ON f.oid OPERATOR(pg_catalog.=) s.atttypid
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) s.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
ORDER BY n.nspname, c.relname, s.attnum LIMIT 1`;
}
