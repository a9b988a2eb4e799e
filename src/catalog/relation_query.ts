import type {
  CatalogColumn,
  CatalogRelation,
} from "../output_plugin/plugin_catalog.ts";
import type { Lsn } from "../lsn.ts";
import type { ReplicaIdentity } from "../pgoutput/message.ts";
import { sqlLiteral } from "./sql_literal.ts";

type Row = readonly (string | null)[];

const REPLICA_IDENTITIES: Readonly<Record<string, ReplicaIdentity>> = {
  d: "default",
  n: "nothing",
  f: "full",
  i: "index",
};

/**
 * Writes the query that describes a table. Its result has one row per column, each of which
 * repeats the table's own properties. A domain has the name of its base type, as in the Type
 * messages of pgoutput.
 *
 * @param schema The table's schema.
 * @param name The table's name.
 */
export function relationQuery(schema: string, name: string): string {
  return `
SELECT c.oid, c.relreplident, c.xmin, a.attname, a.atttypid, a.atttypmod,
  pg_catalog.format_type(a.atttypid, NULL), b.nspname, b.typname,
  c.relreplident OPERATOR(pg_catalog.=) 'f' OR EXISTS (
    SELECT FROM pg_catalog.pg_index i
    WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indimmediate
      AND a.attnum OPERATOR(pg_catalog.=) ANY (
        (i.indkey::pg_catalog.int2[])[0:i.indnkeyatts OPERATOR(pg_catalog.-) 1])
      AND CASE WHEN c.relreplident OPERATOR(pg_catalog.=) 'd' THEN i.indisprimary
               WHEN c.relreplident OPERATOR(pg_catalog.=) 'i' THEN i.indisreplident END),
  EXISTS (
    SELECT FROM pg_catalog.pg_constraint k
    WHERE k.conrelid OPERATOR(pg_catalog.=) c.oid
      AND k.contype OPERATOR(pg_catalog.=) 'p'
      AND a.attnum OPERATOR(pg_catalog.=) ANY (k.conkey)),
  a.attgenerated OPERATOR(pg_catalog.=) 'v', NOT a.attnotnull, a.xmin
FROM pg_catalog.pg_class c
LEFT JOIN pg_catalog.pg_attribute a
  ON a.attrelid OPERATOR(pg_catalog.=) c.oid
    AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
LEFT JOIN LATERAL (
  WITH RECURSIVE base AS (
    SELECT t.* FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) a.atttypid
    UNION ALL
    SELECT t.* FROM base d
    JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) d.typbasetype
    WHERE d.typtype OPERATOR(pg_catalog.=) 'd')
  SELECT n.nspname, t.typname
  FROM base t JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
  WHERE t.typtype OPERATOR(pg_catalog.<>) 'd') b ON true
WHERE c.relname OPERATOR(pg_catalog.=) ${sqlLiteral(name)}
  AND c.relnamespace OPERATOR(pg_catalog.=) (
    SELECT oid FROM pg_catalog.pg_namespace
    WHERE nspname OPERATOR(pg_catalog.=) ${sqlLiteral(schema)})
ORDER BY a.attnum`;
}

/**
 * Writes the query for the name of a replication origin.
 *
 * @param number Its number.
 */
export function originQuery(number: number): string {
  return `
SELECT roname FROM pg_catalog.pg_replication_origin
WHERE roident OPERATOR(pg_catalog.=) ${number}`;
}

/**
 * Reads the result of {@linkcode relationQuery}.
 *
 * @param rows The rows.
 * @param asOf A WAL position from before the query.
 * @returns The table; `null` if it does not exist.
 */
export function readRelation(
  rows: readonly Row[],
  asOf: Lsn,
): CatalogRelation | null {
  const [first] = rows;
  if (first === undefined) return null;
  const [oid, identity, changedBy] = first;
  // A table without columns has one row, too.
  const columns = rows.filter((row) => row[3] !== null);
  const keys = columns.filter((row) => row[PRIMARY_KEY_INDEX] === "t");
  return {
    oid: Number(oid),
    replicaIdentity: REPLICA_IDENTITIES[identity ?? ""] ?? "default",
    primaryKey: keys.length === 0 ? null : keys.map((row) => row[3] ?? ""),
    changedBy: Number(changedBy),
    asOf,
    columns: columns.map(readColumn),
  };
}

const PRIMARY_KEY_INDEX = 10;

function readColumn(row: Row): CatalogColumn {
  const [, , , name, typeOid, modifier, type, typeSchema, typeName] = row;
  const [isKey, , isVirtual, isNullable, changedBy] = row.slice(9);
  return {
    name: name ?? "",
    typeOid: Number(typeOid),
    typeModifier: Number(modifier),
    type: type ?? "",
    typeSchema: typeSchema ?? "",
    typeName: typeName ?? "",
    isKey: isKey === "t",
    isVirtual: isVirtual === "t",
    isNullable: isNullable === "t",
    changedBy: Number(changedBy),
  };
}
