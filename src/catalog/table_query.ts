import { ProtocolError } from "../errors.ts";
import { sqlLiteral } from "./sql_literal.ts";

/** A column of a table in the catalog. Dropped columns stay there forever. */
export interface Attribute {
  /** Its number (`attnum`): never reused, and greater than those of older columns. */
  readonly number: number;
  /** Its name; `null` if it was dropped. */
  readonly name: string | null;
  /** The OID of its type; 0 if it was dropped. */
  readonly typeOid: number;
  /** The modifier of its type; -1 for none. */
  readonly typeModifier: number;
  /** Whether it is a generated column, which most publications omit. */
  readonly isGenerated: boolean;
  /** The transaction that last changed this catalog row: its 32-bit id. */
  readonly changedBy: number;
}

/** The membership of a table in a publication. */
export interface Membership {
  /** The transaction that last changed it: its 32-bit id; 0 if it can't change. */
  readonly changedBy: number;
  /** Whether all columns except generated ones are published. */
  readonly isWhole: boolean;
}

/** A table in the catalog. */
export interface CatalogTable {
  /** The attribute numbers of the primary key, or `null` if there is none. */
  readonly primaryKey: readonly number[] | null;
  /** All columns that the table ever had, by number. */
  readonly attributes: readonly Attribute[];
  /** Its membership in the publications in question. */
  readonly memberships: readonly Membership[];
}

/** How many tables of a publication are described at once. */
const MAX_TABLES = 1_000;
/** `FirstNormalObjectId` of `src/include/access/transam.h`. */
const FIRST_TABLE_OID = 16_384;

/**
 * Returns the first columns of a query over `pg_class` that describe a table; {@linkcode
 * readTable} reads them.
 *
 * @param oid The SQL expression for the table's OID.
 */
export function tableColumns(oid: string): string {
  return `
  (SELECT pg_catalog.array_to_json(k.conkey) FROM pg_catalog.pg_constraint k
    WHERE k.conrelid OPERATOR(pg_catalog.=) ${oid}
      AND k.contype OPERATOR(pg_catalog.=) 'p'),
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attnum,
      CASE WHEN NOT a.attisdropped THEN a.attname END, a.atttypid, a.atttypmod,
      a.attgenerated OPERATOR(pg_catalog.<>) '', a.xmin) ORDER BY a.attnum)
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid OPERATOR(pg_catalog.=) ${oid}
      AND a.attnum OPERATOR(pg_catalog.>) 0)`;
}

/**
 * Writes the query that describes tables: one row each, with the OID, the columns of
 * {@linkcode tableColumns}, and the membership in the publications. It does not lock the
 * tables.
 *
 * @param tableOid A table to describe, or `null`.
 * @param publications The publications of the stream.
 * @param options `serverMajor`: the server's major version; `all`: whether to describe the
 * tables of the publications too: of more than 1,000, those with the next higher OIDs.
 */
export function tableQuery(
  tableOid: number | null,
  publications: readonly string[],
  { serverMajor, all }: { readonly serverMajor: number; readonly all: boolean },
): string {
  return `
WITH RECURSIVE ${publishedTables(publications, serverMajor)}, asked(oid) AS (
  SELECT ${tableOid ?? 0}::pg_catalog.oid
), wanted(oid) AS (
  SELECT oid FROM asked UNION (
    SELECT p.oid FROM ${PUBLISHED} p, asked a WHERE ${all}
    GROUP BY p.oid, a.oid ORDER BY p.oid OPERATOR(pg_catalog.<) a.oid, p.oid
    LIMIT ${MAX_TABLES})
), membership(oid, how) AS (
  SELECT oid, pg_catalog.json_agg(pg_catalog.json_build_array(changed_by, is_whole))
  FROM ${PUBLISHED} GROUP BY oid
)
SELECT c.oid,${tableColumns("c.oid")}, m.how
FROM wanted w
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) w.oid
LEFT JOIN membership m ON m.oid OPERATOR(pg_catalog.=) c.oid`;
}

/** The name of the expression written by {@linkcode publishedTables}. */
export const PUBLISHED = "published";

/**
 * Writes the common table expression {@linkcode PUBLISHED}, for `WITH RECURSIVE`: the tables
 * of publications by OID, once per membership, with the transaction that last changed the
 * membership, and whether all columns are published. It does not lock the tables.
 *
 * @param publications The publications.
 * @param serverMajor The server's major version.
 */
export function publishedTables(
  publications: readonly string[],
  serverMajor: number,
): string {
  const named = `p.pubname OPERATOR(pg_catalog.=) ANY (
      ARRAY[${publications.map(sqlLiteral).join(", ")}]::pg_catalog.name[])`;
  const isTable =
    `c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog."char"[])`;
  // Column lists did not exist before 15.
  const changedBy = serverMajor < 15 ? "'0'" : "r.xmin::pg_catalog.text";
  const isWhole = serverMajor < 15 ? "true" : "r.prattrs IS NULL";
  const inSchemas = serverMajor < 15 ? "" : `
    UNION SELECT c.oid, n.xmin::pg_catalog.text, true
    FROM pg_catalog.pg_publication p
    JOIN pg_catalog.pg_publication_namespace n
      ON n.pnpubid OPERATOR(pg_catalog.=) p.oid
    JOIN pg_catalog.pg_class c
      ON c.relnamespace OPERATOR(pg_catalog.=) n.pnnspid
    WHERE ${named} AND ${isTable}`;
  // From 16 on, pg_get_publication_tables() would lock each table. Whether a publication is
  // FOR ALL TABLES never changes.
  return `${PUBLISHED}(oid, changed_by, is_whole) AS (
  (SELECT r.prrelid, ${changedBy}, ${isWhole}
    FROM pg_catalog.pg_publication p
    JOIN pg_catalog.pg_publication_rel r ON r.prpubid OPERATOR(pg_catalog.=) p.oid
    WHERE ${named}
    UNION SELECT c.oid, '0', true
    FROM pg_catalog.pg_publication p, pg_catalog.pg_class c
    WHERE ${named} AND p.puballtables AND ${isTable}
      AND c.oid OPERATOR(pg_catalog.>=) ${FIRST_TABLE_OID}${inSchemas})
  UNION SELECT i.inhrelid, b.changed_by, b.is_whole
  FROM ${PUBLISHED} b
  JOIN pg_catalog.pg_inherits i
    ON i.inhparent OPERATOR(pg_catalog.=) b.oid
)`;
}

/** The query for a position before which everything is visible to the query after it. */
export const POSITION_QUERY: string =
  "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() " +
  "THEN pg_catalog.pg_last_wal_replay_lsn() " +
  "ELSE pg_catalog.pg_current_wal_insert_lsn() END";

/**
 * Reads the columns of {@linkcode tableColumns}, and what follows them in {@linkcode
 * tableQuery}.
 *
 * @throws {ProtocolError} If the row has another format.
 */
export function readTable(
  [primaryKey, attributes, memberships]: readonly (string | null)[],
): CatalogTable {
  try {
    return {
      primaryKey: JSON.parse(primaryKey ?? "null"),
      attributes: JSON.parse(attributes ?? "[]").map(readAttribute),
      memberships: JSON.parse(memberships ?? "[]").map(readMembership),
    };
  } catch (cause) {
    throw new ProtocolError(
      `Cannot read a table's row of the catalog: ${attributes}`,
      { cause },
    );
  }
}

type JsonAttribute = readonly [
  number: number,
  name: string | null,
  // OIDs and transaction ids may come as text.
  typeOid: string | number,
  typeModifier: number,
  isGenerated: boolean,
  changedBy: string | number,
];

function readAttribute(
  [number, name, typeOid, typeModifier, isGenerated, changedBy]: JsonAttribute,
): Attribute {
  return {
    number,
    name,
    typeOid: Number(typeOid),
    typeModifier,
    isGenerated,
    changedBy: Number(changedBy),
  };
}

function readMembership(
  [changedBy, isWhole]: readonly [changedBy: string, isWhole: boolean],
): Membership {
  return { changedBy: Number(changedBy), isWhole };
}
