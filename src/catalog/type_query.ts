import { ProtocolError } from "../errors.ts";
import type { Attribute, TypeDescription } from "../values/type_description.ts";
import { sqlLiteral } from "./sql_literal.ts";

/** Tables that are locked for longer can wait for a separate query. */
const LOCK_TIMEOUT_MS = 500;

/**
 * Writes the query that describes types, the types that they consist of, and the types of all
 * columns of some publications, which are likely to be needed next.
 *
 * Its last result has one row per type, for {@linkcode readTypeRow}.
 *
 * It fails (55P03) if one of these tables is locked for long.
 *
 * @param typeOids The types.
 * @param publications The names of the publications.
 */
export function typeQuery(
  typeOids: readonly number[],
  publications: readonly string[],
): string {
  const names = publications.map(sqlLiteral).join(", ");
  const asked = `'{${typeOids.join(",")}}'::pg_catalog.oid[]`;
  // Includes the tables of publications only if there are any: the caller's connection may be
  // in a transaction, in which nothing must be set.
  const setting = publications.length === 0
    ? ""
    : `SELECT pg_catalog.set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true);`;
  // Whatever the role's search_path is, names are those of the catalog.
  return `${setting}
WITH RECURSIVE wanted(oid) AS (
  SELECT pg_catalog.unnest(${asked})
  UNION
  SELECT a.atttypid
  FROM pg_catalog.pg_publication p,
    pg_catalog.pg_get_publication_tables(p.pubname) AS t, pg_catalog.pg_attribute a
  WHERE p.pubname OPERATOR(pg_catalog.=) ANY (ARRAY[${names}]::pg_catalog.name[])
    AND a.attrelid OPERATOR(pg_catalog.=) t.relid AND a.attnum OPERATOR(pg_catalog.>) 0
    AND NOT a.attisdropped AND a.atttypid OPERATOR(pg_catalog.>=) 10000
  UNION
  SELECT part.oid
  FROM wanted JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) wanted.oid, LATERAL (
    SELECT t.typelem WHERE t.typelem OPERATOR(pg_catalog.<>) 0
    UNION ALL SELECT t.typbasetype WHERE t.typtype OPERATOR(pg_catalog.=) 'd'
    UNION ALL SELECT rngsubtype FROM pg_catalog.pg_range
      WHERE rngtypid OPERATOR(pg_catalog.=) t.oid
    UNION ALL SELECT rngtypid FROM pg_catalog.pg_range
      WHERE rngmultitypid OPERATOR(pg_catalog.=) t.oid
    UNION ALL SELECT atttypid FROM pg_catalog.pg_attribute
      WHERE attrelid OPERATOR(pg_catalog.=) t.typrelid
        AND attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped
  ) AS part(oid)
)
SELECT t.oid, n.nspname, t.typname,
  CASE WHEN t.typelem OPERATOR(pg_catalog.<>) 0
      AND t.typsend OPERATOR(pg_catalog.=) 'pg_catalog.array_send'::pg_catalog.regproc
    THEN 'a' ELSE t.typtype END AS kind,
  CASE WHEN t.typtype OPERATOR(pg_catalog.=) 'd' THEN t.typbasetype
    WHEN t.typtype OPERATOR(pg_catalog.=) 'r' THEN r.rngsubtype
    WHEN t.typtype OPERATOR(pg_catalog.=) 'm' THEN m.rngtypid
    ELSE t.typelem END AS part,
  t.typdelim,
  (SELECT proname FROM pg_catalog.pg_proc WHERE oid OPERATOR(pg_catalog.=) t.typsend),
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(attname, atttypid) ORDER BY attnum)
    FROM pg_catalog.pg_attribute
    WHERE attrelid OPERATOR(pg_catalog.=) t.typrelid
      AND attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped)
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
LEFT JOIN pg_catalog.pg_range r ON r.rngtypid OPERATOR(pg_catalog.=) t.oid
LEFT JOIN pg_catalog.pg_range m ON m.rngmultitypid OPERATOR(pg_catalog.=) t.oid
WHERE t.oid OPERATOR(pg_catalog.=) ANY (SELECT oid FROM wanted)
  AND (t.oid OPERATOR(pg_catalog.>=) 10000 OR t.oid OPERATOR(pg_catalog.=) ANY (${asked}))`;
}

/**
 * Reads a row of {@linkcode typeQuery}.
 *
 * @returns The type; nothing for a kind that no column can have.
 * @throws {ProtocolError} If the row has another format.
 */
export function readTypeRow(
  row: readonly (string | null)[],
): TypeDescription[] {
  const [oidText, schema, name, kind, part, delimiter, send, attributes] = row;
  if (!oidText || !schema || !name || !kind || !delimiter) {
    throw new ProtocolError(
      `Cannot read a type's row in the catalog: ${JSON.stringify(row)}`,
    );
  }
  const oid = Number(oidText);
  const partOid = Number(part);
  const type = { oid, schema, name };
  switch (kind) {
    case "a":
      return [{ kind: "array", ...type, elementOid: partOid, delimiter }];
    case "b":
      return [{ kind: "base", ...type, sendFunction: send ?? "" }];
    case "c":
      return [{
        kind: "composite",
        ...type,
        attributes: readAttributes(attributes ?? "[]"),
      }];
    case "d":
      return [{ kind: "domain", ...type, baseOid: partOid }];
    case "e":
      return [{ kind: "enum", ...type }];
    case "m":
      return [{ kind: "multirange", ...type, rangeOid: partOid }];
    case "r":
      return [{ kind: "range", ...type, subtypeOid: partOid }];
    default:
      return [];
  }
}

function readAttributes(json: string): Attribute[] {
  const pairs: [string, string | number][] = JSON.parse(json);
  return pairs.map(([name, typeOid]) => ({ name, typeOid: Number(typeOid) }));
}
