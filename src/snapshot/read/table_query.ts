import { lacksBinaryForm } from "../../catalog/binary_form.ts";
import { sqlLiteral } from "../../catalog/sql_literal.ts";

/** What to query in the catalog. */
export interface TableQueryOptions {
  /** The server's major version. */
  readonly serverMajor: number;
  /** The publications. */
  readonly publications: readonly string[];
  /** One of their tables; `null` for all. */
  readonly oid: number | null;
}

const SENT = "sent";
const SIZE = "size";

/**
 * Writes the query for published tables, with everything needed to copy them: one row each,
 * which {@linkcode readTableRow} reads.
 *
 * The columns and row filters are those that PostgreSQL's own subscription would copy.
 * Source: `fetch_remote_table_info` in `tablesync.c`.
 *
 * It fails (55P03) if one of the tables is locked for long. Run it with the search_path
 * pg_catalog, which determines how the server prints row filters.
 */
export function tableQuery(options: TableQueryOptions): string {
  return `
${sentTables(options)}
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relreplident, c.relfilenode,
  CASE WHEN z.unknown THEN NULL ELSE pg_catalog.round(z.rows) END,
  COALESCE(z.pages, 0) OPERATOR(pg_catalog.*) pg_catalog.current_setting('block_size')::pg_catalog.int8,
  s.filters, c.relnatts,
  ${sentColumns(options)},
  ${keyColumns()},
  pg_catalog.has_table_privilege(c.oid, 'SELECT'),
  pg_catalog.row_security_active(c.oid),
  ${tableSignature(options)}
FROM ${SENT} s
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) s.oid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
LEFT JOIN ${SIZE} z ON z.root OPERATOR(pg_catalog.=) c.oid
LEFT JOIN LATERAL (${keyIndex()}) AS key(index, columns) ON true
LEFT JOIN LATERAL (${identityIndex()}) AS identity(index, columns) ON true
WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_partition_ancestors(c.oid) AS r(relid)
  WHERE r.relid OPERATOR(pg_catalog.<>) c.oid AND r.relid OPERATOR(pg_catalog.=) ANY (SELECT ${SENT}.oid FROM ${SENT}))
ORDER BY c.oid`;
}

// Two common table expressions: SENT has the published tables, with the names of their columns
// and their row filters; SIZE has the estimated rows and pages of each, with its partitions.
function sentTables(
  { serverMajor, publications, oid }: TableQueryOptions,
): string {
  const names = literals(publications);
  const lists = serverMajor >= 15
    ? "t.attnames, t.rowfilter"
    : "NULL::pg_catalog.name[] AS attnames, NULL::pg_catalog.text AS rowfilter";
  return `WITH RECURSIVE listed AS (
  SELECT c.oid, ${lists}
  FROM pg_catalog.pg_publication_tables t
  JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) t.schemaname
  JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid AND c.relname OPERATOR(pg_catalog.=) t.tablename
  WHERE t.pubname OPERATOR(pg_catalog.=) ANY (${names})${
    oid === null ? "" : ` AND c.oid OPERATOR(pg_catalog.=) ${oid}`
  }
), ${SENT} AS (
  SELECT l.oid, (pg_catalog.array_agg(l.attnames::pg_catalog.text))[1]::pg_catalog.name[] AS names,
    pg_catalog.json_agg(l.rowfilter) AS filters
  FROM listed l GROUP BY l.oid
), tree AS (
  SELECT s.oid AS root, s.oid FROM ${SENT} s
  UNION ALL
  SELECT r.root, i.inhrelid FROM tree r
  JOIN pg_catalog.pg_class p ON p.oid OPERATOR(pg_catalog.=) r.oid AND p.relkind OPERATOR(pg_catalog.=) 'p'
  JOIN pg_catalog.pg_inherits i ON i.inhparent OPERATOR(pg_catalog.=) r.oid
), ${SIZE} AS (
  SELECT r.root, pg_catalog.bool_or(k.reltuples OPERATOR(pg_catalog.<) 0) AS unknown,
    pg_catalog.sum(CASE WHEN k.relkind OPERATOR(pg_catalog.<>) 'p' THEN k.reltuples END) AS rows,
    pg_catalog.sum(k.relpages::pg_catalog.int8 OPERATOR(pg_catalog.+) COALESCE(o.relpages, 0)) AS pages
  FROM tree r JOIN pg_catalog.pg_class k ON k.oid OPERATOR(pg_catalog.=) r.oid
  LEFT JOIN pg_catalog.pg_class o ON o.oid OPERATOR(pg_catalog.=) k.reltoastrelid
  WHERE k.relkind OPERATOR(pg_catalog.<>) 'p'
  GROUP BY r.root
)`;
}

// The columns that the stream sends, as JSON.
function sentColumns({ serverMajor }: TableQueryOptions): string {
  // In PostgreSQL 15 the list contains generated columns, which the stream does not send.
  const sent = serverMajor >= 18
    ? "a.attname OPERATOR(pg_catalog.=) ANY (s.names)"
    : "a.attgenerated OPERATOR(pg_catalog.=) '' AND (s.names IS NULL OR a.attname OPERATOR(pg_catalog.=) ANY (s.names))";
  return `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
      a.attnum, a.attname, a.atttypid::pg_catalog.int8, a.atttypmod,
      c.relreplident OPERATOR(pg_catalog.=) 'f' OR a.attnum OPERATOR(pg_catalog.=) ANY (identity.columns),
      b.nspname, b.typname, NOT ${
    lacksBinaryForm("a.atttypid")
  }, a.atthasdef AND NOT a.atthasmissing)
      ORDER BY a.attnum)
    FROM pg_catalog.pg_attribute a
    LEFT JOIN LATERAL (
      WITH RECURSIVE base AS (
        SELECT d.* FROM pg_catalog.pg_type d WHERE d.oid OPERATOR(pg_catalog.=) a.atttypid
        UNION ALL
        SELECT d.* FROM base e JOIN pg_catalog.pg_type d ON d.oid OPERATOR(pg_catalog.=) e.typbasetype
        WHERE e.typtype OPERATOR(pg_catalog.=) 'd')
      SELECT m.nspname, base.typname
      FROM base JOIN pg_catalog.pg_namespace m ON m.oid OPERATOR(pg_catalog.=) base.typnamespace
      WHERE base.typtype OPERATOR(pg_catalog.<>) 'd') b ON true
    WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped AND ${sent})`;
}

// The columns of the index `key`, with the operators that sort by them, as JSON.
function keyColumns(): string {
  const [less, equal, greater] = [1, 3, 5].map(orderOperator);
  return `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
      a.attname, v.nspname, y.typname, g.nspname, g.oprname, l.nspname, l.oprname,
      e.nspname, e.oprname)
      ORDER BY u.place)
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class x ON x.oid OPERATOR(pg_catalog.=) i.indexrelid
    JOIN pg_catalog.pg_am m ON m.oid OPERATOR(pg_catalog.=) x.relam AND m.amname OPERATOR(pg_catalog.=) 'btree'
    CROSS JOIN LATERAL ROWS FROM (
      pg_catalog.unnest(i.indkey::pg_catalog.int2[]),
      pg_catalog.unnest(i.indclass::pg_catalog.oid[])) WITH ORDINALITY AS u(number, class, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.=) u.number
    JOIN pg_catalog.pg_type y ON y.oid OPERATOR(pg_catalog.=) a.atttypid
    JOIN pg_catalog.pg_namespace v ON v.oid OPERATOR(pg_catalog.=) y.typnamespace
    JOIN pg_catalog.pg_opclass f ON f.oid OPERATOR(pg_catalog.=) u.class
    JOIN ${greater} g ON g.family OPERATOR(pg_catalog.=) f.opcfamily AND g.type OPERATOR(pg_catalog.=) f.opcintype
    JOIN ${less} l ON l.family OPERATOR(pg_catalog.=) f.opcfamily AND l.type OPERATOR(pg_catalog.=) f.opcintype
    JOIN ${equal} e ON e.family OPERATOR(pg_catalog.=) f.opcfamily AND e.type OPERATOR(pg_catalog.=) f.opcintype
    WHERE i.indexrelid OPERATOR(pg_catalog.=) key.index AND u.place OPERATOR(pg_catalog.<=) i.indnkeyatts)`;
}

// The index whose columns sort the rows of a copy.
function keyIndex(): string {
  return uniqueIndex(
    `CASE WHEN c.relreplident OPERATOR(pg_catalog.=) 'i' THEN i.indisreplident
      ELSE i.indisprimary END`,
  );
}

// The index whose columns identify the rows that the stream changes.
function identityIndex(): string {
  return uniqueIndex(
    `CASE WHEN c.relreplident OPERATOR(pg_catalog.=) 'i' THEN i.indisreplident
      WHEN c.relreplident OPERATOR(pg_catalog.=) 'd' THEN i.indisprimary END`,
  );
}

/**
 * Writes an expression whose value changes whenever something changes that matters for
 * copying a table: its columns, its key, or its publications. `c` is the alias of the table's
 * row in pg_class.
 */
export function tableSignature(
  { serverMajor, publications }: Omit<TableQueryOptions, "oid">,
): string {
  const member = serverMajor >= 15
    ? "r.prrelid, r.prqual::pg_catalog.text, r.prattrs::pg_catalog.text"
    : "r.prrelid";
  const schemas = serverMajor >= 15
    ? `, (SELECT pg_catalog.bool_or(q.pnnspid OPERATOR(pg_catalog.=) c.relnamespace)
        FROM pg_catalog.pg_publication_namespace q WHERE q.pnpubid OPERATOR(pg_catalog.=) p.oid)`
    : "";
  const generated = serverMajor >= 18 ? ", p.pubgencols" : "";
  return `pg_catalog.hashtextextended(pg_catalog.concat_ws('|',
    c.oid, c.relnamespace, c.relname, c.relkind, c.relreplident, c.relrowsecurity,
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(',',
        i.indexrelid, i.indkey, i.indisvalid, i.indimmediate), ';' ORDER BY i.indexrelid)
      FROM pg_catalog.pg_index i
      WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND (i.indisprimary OR i.indisreplident)),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(',',
        a.attnum, a.attname, a.atttypid, a.atttypmod, a.attgenerated), ';' ORDER BY a.attnum)
      FROM pg_catalog.pg_attribute a
      WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(',',
        p.oid, p.puballtables, p.pubviaroot${generated}${schemas},
        (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(',', ${member}), ';' ORDER BY r.prrelid)
          FROM pg_catalog.pg_publication_rel r
          WHERE r.prpubid OPERATOR(pg_catalog.=) p.oid AND (r.prrelid OPERATOR(pg_catalog.=) c.oid OR r.prrelid OPERATOR(pg_catalog.=) ANY (
            SELECT s.relid FROM pg_catalog.pg_partition_ancestors(c.oid) AS s(relid))))),
        '+' ORDER BY p.oid)
      FROM pg_catalog.pg_publication p WHERE p.pubname OPERATOR(pg_catalog.=) ANY (${
    literals(publications)
  }))), 0)`;
}

function literals(texts: readonly string[]): string {
  return `ARRAY[${texts.map(sqlLiteral).join(", ")}]::pg_catalog.name[]`;
}

// The operators of btree families for a strategy: 1 for less, 3 for equal, 5 for greater.
function orderOperator(strategy: number): string {
  return `(SELECT w.amopfamily AS family, w.amoplefttype AS type, q.nspname, o.oprname
      FROM pg_catalog.pg_amop w
      JOIN pg_catalog.pg_operator o ON o.oid OPERATOR(pg_catalog.=) w.amopopr
      JOIN pg_catalog.pg_namespace q ON q.oid OPERATOR(pg_catalog.=) o.oprnamespace
      WHERE w.amopstrategy OPERATOR(pg_catalog.=) ${strategy} AND w.amoplefttype OPERATOR(pg_catalog.=) w.amoprighttype)`;
}

function uniqueIndex(condition: string): string {
  return `SELECT i.indexrelid, (i.indkey::pg_catalog.int2[])[0:i.indnkeyatts OPERATOR(pg_catalog.-) 1]
    FROM pg_catalog.pg_index i
    WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisunique AND i.indimmediate AND i.indisvalid
      AND i.indpred IS NULL AND i.indexprs IS NULL AND ${condition}
    LIMIT 1`;
}
