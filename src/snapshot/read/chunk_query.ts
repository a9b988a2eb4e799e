import { sqlIdentifier, sqlLiteral } from "../../catalog/sql_literal.ts";
import type { TypeName } from "../../values/type_name.ts";
import type { KeyColumn, Operator, PublishedTable } from "./published_table.ts";
import { tableSignature } from "./table_query.ts";

/** The rows in a chunk. */
export type ChunkRange =
  | {
    /** The rows after a key, in key order. */
    readonly kind: "after";
    /** The text values of the key; `null` for the first rows of the table. */
    readonly key: readonly string[] | null;
    /** The maximum number of rows. */
    readonly limit: number;
  }
  | {
    /** The rows with these keys. */
    readonly kind: "keys";
    /** The text values of the keys. */
    readonly keys: readonly (readonly string[])[];
  }
  | {
    /** All rows, in any order. */
    readonly kind: "all";
  };

/** How to read a chunk. */
export interface ChunkQueryOptions {
  /** The server's major version. */
  readonly serverMajor: number;
  /** The publications. */
  readonly publications: readonly string[];
  /** Whether to request the binary format. */
  readonly binary: boolean;
  /** The caller's SQL condition; `null` for none. */
  readonly where: string | null;
}

/**
 * Writes the start of a transaction that does not depend on the settings of the role or the
 * database. It takes no snapshot.
 */
export function beginReading(
  serverMajor: number,
  kind: ChunkRange["kind"],
): string {
  const settings = [
    "search_path = pg_catalog, pg_temp",
    "statement_timeout = 0",
    "idle_in_transaction_session_timeout = 0",
    ...(serverMajor >= 17 ? ["transaction_timeout = 0"] : []),
    "lock_timeout = '2s'",
    "row_security = off",
    // A pooler may not have passed these on.
    "DateStyle = 'ISO, MDY'",
    "IntervalStyle = 'postgres'",
    "TimeZone = 'UTC'",
    "bytea_output = 'hex'",
    "extra_float_digits = 1",
    "quote_all_identifiers = off",
    "jit = off",
    "max_parallel_workers_per_gather = 0",
    // Forces a plan with the key's index, even for a table that was never analyzed.
    ...(kind === "all" ? [] : ["enable_seqscan = off"]),
    ...(kind === "after"
      ? ["enable_sort = off", "enable_bitmapscan = off"]
      : []),
  ];
  return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n" +
    settings.map((setting) => `SET LOCAL ${setting};`).join("\n");
}

/** The name of a table, with `ONLY` unless its rows are those of its partitions. */
export function tableReference(
  { schema, name, isPartitioned }: PublishedTable,
): string {
  const qualified = `${sqlIdentifier(schema)}.${sqlIdentifier(name)}`;
  return isPartitioned ? qualified : `ONLY ${qualified}`;
}

/**
 * Writes the transaction that reads a chunk. Its results are the row that {@linkcode
 * findChunkState} reads, and the COPY.
 *
 * The lock precedes the snapshot, so the snapshot is never older than a rewrite of the table.
 */
export function chunkQuery(
  table: PublishedTable,
  range: ChunkRange,
  options: ChunkQueryOptions,
): string {
  const { serverMajor, binary } = options;
  const name = tableReference(table);
  return `${beginReading(serverMajor, range.kind)}
LOCK TABLE ${name} IN ACCESS SHARE MODE;
${chunkState(table, options)};
COPY (${chunkSelect(table, range, options)}) TO STDOUT${
    binary ? " (FORMAT binary)" : ""
  };
COMMIT`;
}

// The snapshot, a position after everything that it sees, and the definition of the table.
function chunkState(
  { schema, name }: PublishedTable,
  options: ChunkQueryOptions,
): string {
  return `SELECT pg_catalog.pg_current_snapshot(), pg_catalog.pg_current_wal_insert_lsn(),
  t.oid, t.relfilenode, t.signature
FROM (SELECT) AS one LEFT JOIN (
  SELECT c.oid, c.relfilenode, ${tableSignature(options)} AS signature
  FROM pg_catalog.pg_class c
  WHERE c.relname OPERATOR(pg_catalog.=) ${
    sqlLiteral(name)
  } AND c.relnamespace OPERATOR(pg_catalog.=)
    (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) ${
    sqlLiteral(schema)
  })
) AS t ON true`;
}

/** Writes the query for the rows of a chunk. */
export function chunkSelect(
  table: PublishedTable,
  range: ChunkRange,
  { binary, where }: ChunkQueryOptions,
): string {
  const key = table.key ?? [];
  const conditions = [
    rangeCondition(key, range),
    table.filter,
    where,
  ].filter((condition) => condition !== null);
  const from = `${selectList(table, binary)} FROM ${tableReference(table)}`;
  const filtered = conditions.length === 0
    ? from
    : `${from} WHERE ${conditions.map((one) => `(${one})`).join(" AND ")}`;
  if (range.kind !== "after") return filtered;
  const order = key.map(({ name, less }) =>
    `${sqlIdentifier(name)} USING ${sqlOperator(less)}`
  );
  return `${filtered} ORDER BY ${order.join(", ")} LIMIT ${range.limit}`;
}

function selectList({ columns, key }: PublishedTable, binary: boolean): string {
  const list = columns.map(({ name, hasBinary }) =>
    binary && !hasBinary ? asText(name) : sqlIdentifier(name)
  );
  // The text values of keys are needed to continue after them.
  const texts = binary ? (key ?? []).map(({ name }) => asText(name)) : [];
  return `SELECT ${[...list, ...texts].join(", ")}`;
}

// The output function's text; a cast may give another one.
function asText(name: string): string {
  const column = sqlIdentifier(name);
  return `CASE WHEN ${column} IS NOT NULL THEN pg_catalog.format('%s', ${column}) END`;
}

function rangeCondition(
  key: readonly KeyColumn[],
  range: ChunkRange,
): string | null {
  if (range.kind === "all") return null;
  if (range.kind === "keys") return keysCondition(key, range.keys);
  return range.key === null ? null : afterCondition(key, range.key);
}

function keysCondition(
  key: readonly KeyColumn[],
  keys: readonly (readonly string[])[],
): string {
  const [only] = key;
  if (key.length === 1 && only !== undefined) {
    const list = keys.map((values) => literal(values[0] ?? "", only.type));
    return `${sqlIdentifier(only.name)} ${sqlOperator(only.equal)} ANY (ARRAY[${
      list.join(", ")
    }])`;
  }
  const isOne = (values: readonly string[]) =>
    key.map(({ name, equal, type }, i) =>
      `${sqlIdentifier(name)} ${sqlOperator(equal)} ${
        literal(values[i] ?? "", type)
      }`
    ).join(" AND ");
  return keys.map((values) => `(${isOne(values)})`).join(" OR ");
}

// A row comparison can use the index too, but it has one operator name for all columns.
function afterCondition(
  key: readonly KeyColumn[],
  values: readonly string[],
): string {
  const operator = sqlOperator(key[0]!.greater);
  const isUniform = key.every(({ greater }) =>
    sqlOperator(greater) === operator
  );
  const names = key.map(({ name }) => sqlIdentifier(name));
  const literals = key.map(({ type }, i) => literal(values[i] ?? "", type));
  if (isUniform) {
    return `ROW(${names.join(", ")}) ${operator} ROW(${literals.join(", ")})`;
  }
  // The first column that differs decides.
  return key.map(({ greater }, i) => {
    const before = keysCondition(key.slice(0, i), [values.slice(0, i)]);
    const here = `${names[i]} ${sqlOperator(greater)} ${literals[i]}`;
    return i === 0 ? here : `(${before} AND ${here})`;
  }).join(" OR ");
}

function sqlOperator({ schema, name }: Operator): string {
  return `OPERATOR(${sqlIdentifier(schema)}.${name})`;
}

function literal(text: string, { schema, name }: TypeName): string {
  return `${sqlLiteral(text)}::${sqlIdentifier(schema)}.${sqlIdentifier(name)}`;
}
