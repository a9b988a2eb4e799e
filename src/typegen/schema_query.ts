import { sqlLiteral } from "../catalog/sql_literal.ts";
import { ProtocolError } from "../errors.ts";
import type {
  DescribedAttribute,
  DescribedColumn,
  DescribedSchema,
  DescribedTable,
  DescribedType,
} from "./described_schema.ts";

/**
 * Writes the query for everything that the types depend on: one row with three JSON texts.
 *
 * @param publications The publications.
 * @param serverMajor The server's major version.
 */
export function schemaQuery(
  publications: readonly string[],
  serverMajor: number,
): string {
  const names = `ARRAY[${
    publications.map(sqlLiteral).join(", ")
  }]::pg_catalog.text[]`;
  // PostgreSQL 14 has no column lists. Up to 17, generated columns are never published,
  // although 15 lists them.
  const isPublished = [
    ...(serverMajor < 15 ? [] : ["a.attname = ANY (t.attnames)"]),
    ...(serverMajor < 18 ? ["a.attgenerated = ''"] : []),
  ].join(" AND ");
  const attnames = serverMajor < 15
    ? "NULL::name[]"
    : "(SELECT array_agg(DISTINCT n) FROM pg_publication_tables o, unnest(o.attnames) AS n WHERE o.pubname = ANY (p.names) AND o.schemaname = t.schemaname AND o.tablename = t.tablename)";
  return `
WITH RECURSIVE p(names) AS (SELECT ${names}),
published(oid, attnames) AS (
  SELECT DISTINCT c.oid, ${attnames}
  FROM p, pg_publication_tables t
  JOIN pg_namespace n ON n.nspname = t.schemaname
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
  WHERE t.pubname = ANY (p.names)
), described AS (
  SELECT n.nspname, c.relname, c.relreplident, a.*, y.typlen, y.typstorage,
    c.reltoastrelid <> 0 OR c.relkind = 'p' AS has_toast,
    format_type(a.atttypid, a.atttypmod) AS type_text,
    a.attnum = ANY ((SELECT i.indkey FROM pg_index i WHERE i.indrelid = c.oid
      AND CASE c.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END)::int2[]) AS is_key,
    a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid
      AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated) AS is_not_null
  FROM published t
  JOIN pg_class c ON c.oid = t.oid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type y ON y.oid = a.atttypid
  WHERE ${isPublished}
), unpublished_keys AS (
  SELECT i.indrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  WHERE CASE c.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END
    AND NOT i.indkey::int2[] <@ ARRAY(SELECT d.attnum FROM described d WHERE d.attrelid = i.indrelid)
), wanted(oid) AS (
  SELECT atttypid FROM described
  UNION
  SELECT part.oid FROM wanted JOIN pg_type t ON t.oid = wanted.oid, LATERAL (
    SELECT t.typelem WHERE t.typelem <> 0
    UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
    UNION ALL SELECT rngsubtype FROM pg_range WHERE rngtypid = t.oid
    UNION ALL SELECT rngtypid FROM pg_range WHERE rngmultitypid = t.oid
    UNION ALL SELECT atttypid FROM pg_attribute
      WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped
  ) AS part(oid)
), domains(oid, base, is_not_null) AS (
  SELECT t.oid, t.typbasetype, t.typnotnull FROM pg_type t WHERE t.typtype = 'd'
  UNION ALL
  SELECT d.oid, t.typbasetype, t.typnotnull FROM domains d
  JOIN pg_type t ON t.oid = d.base WHERE t.typtype = 'd'
)
SELECT
  (SELECT json_agg(name) FROM p, unnest(p.names) AS name
    WHERE NOT EXISTS (SELECT FROM pg_publication WHERE pubname = name)),
  (SELECT json_agg(json_build_object('schema', nspname, 'name', relname,
      'isFull', relreplident = 'f', 'columns', columns))
    FROM (SELECT nspname, relname, relreplident,
        json_agg(json_build_object('name', attname, 'typeOid', atttypid::int8,
          'typeText', type_text, 'dimensions', attndims,
          'isNotNull', is_not_null
            OR EXISTS (SELECT FROM domains o WHERE o.oid = atttypid AND o.is_not_null),
          'isGenerated', attgenerated <> '',
          'isToastable', has_toast AND typlen = -1 AND (typstorage <> 'p' OR attstorage <> 'p'),
          'isKey', coalesce(is_key, false)
            AND NOT EXISTS (SELECT FROM unpublished_keys u WHERE u.indrelid = attrelid)
        ) ORDER BY attnum) AS columns
      FROM described GROUP BY attrelid, nspname, relname, relreplident) AS t),
  (SELECT json_agg(json_build_object('oid', t.oid::int8, 'schema', n.nspname, 'name', t.typname,
      'kind', CASE WHEN t.typelem <> 0 AND t.typsend = 'array_send'::regproc THEN 'a' ELSE t.typtype END,
      'partOid', CASE t.typtype WHEN 'd' THEN t.typbasetype
        WHEN 'r' THEN (SELECT rngsubtype FROM pg_range WHERE rngtypid = t.oid)
        WHEN 'm' THEN (SELECT rngtypid FROM pg_range WHERE rngmultitypid = t.oid)
        ELSE t.typelem END::int8,
      'dimensions', t.typndims,
      'sendFunction', (SELECT proname FROM pg_proc WHERE pg_proc.oid = t.typsend),
      'labels', (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
      'attributes', (SELECT json_agg(json_build_object('name', attname,
          'typeOid', atttypid::int8, 'dimensions', attndims) ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped)))
    FROM wanted JOIN pg_type t ON t.oid = wanted.oid JOIN pg_namespace n ON n.oid = t.typnamespace)`;
}

type Json<T> = { readonly [K in keyof T]: T[K] | null };

/**
 * Reads the result row of {@linkcode schemaQuery}.
 *
 * @throws {ProtocolError} If the row has another format.
 */
export function readSchema(
  row: readonly (string | null)[] | undefined,
): DescribedSchema {
  try {
    const [missing, tables, types] = [0, 1, 2].map((i) =>
      JSON.parse(row?.[i] ?? "[]")
    );
    return {
      missing,
      tables: tables.map((
        { columns, ...table }: Json<DescribedTable>,
      ): DescribedTable => ({
        ...table as DescribedTable,
        columns: columns as readonly DescribedColumn[] ?? [],
      })),
      types: types.map((type: Json<DescribedType>): DescribedType => ({
        ...type as DescribedType,
        sendFunction: type.sendFunction ?? "",
        labels: type.labels ?? [],
        attributes: type.attributes as readonly DescribedAttribute[] ?? [],
      })),
    };
  } catch (cause) {
    throw new ProtocolError("Cannot read the catalog's answer", { cause });
  }
}
