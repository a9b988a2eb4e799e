import type { TargetColumn } from "./column.ts";

/** Quotes a name. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A table, and the columns that a statement uses. */
export interface StatementParts {
  /** Its name with the schema, quoted. */
  readonly table: string;
  /** The columns whose values are parameters, in order, each as an array. */
  readonly columns: readonly TargetColumn[];
  /** The names of the columns that identify a row. */
  readonly keys: readonly string[];
}

// The rows as parameters, one array for each column. Set-returning functions in the select
// list take a fifth less time than `FROM unnest(…)`, which materializes the rows first.
function selectRows({ columns }: StatementParts): string {
  const values = columns.map(({ asText, type }, i) => {
    const array = `$${i + 1}::${asText ? "pg_catalog.text" : type}[]`;
    const value = `pg_catalog.unnest(${array})`;
    return `${asText ? `${value}::${type}` : value} AS c${i}`;
  });
  return `SELECT ${values.join(", ")}`;
}

function fromRows(parts: StatementParts): string {
  return `(${selectRows(parts)}) AS r`;
}

function isKey({ keys }: StatementParts, i: number, name: string): string[] {
  return keys.includes(name) ? [`t.${quoteName(name)} = r.c${i}`] : [];
}

function whereKeys(parts: StatementParts): string {
  return parts.columns.flatMap(({ name }, i) => isKey(parts, i, name))
    .join(" AND ");
}

/** Writes the statement that inserts new rows. */
export function insertSql(parts: StatementParts): string {
  const names = parts.columns.map(({ name }) => quoteName(name)).join(", ");
  return `INSERT INTO ${parts.table} AS t (${names}) OVERRIDING SYSTEM VALUE
${selectRows(parts)}`;
}

/** Writes the statement that inserts or replaces whole rows. */
export function putSql(parts: StatementParts): string {
  const { columns, keys } = parts;
  const set = columns.filter(({ name }) => !keys.includes(name))
    .map(({ name }) => `${quoteName(name)} = excluded.${quoteName(name)}`);
  return `${insertSql(parts)}
ON CONFLICT (${keys.map(quoteName).join(", ")}) DO ${
    set.length === 0 ? "NOTHING" : `UPDATE SET ${set.join(", ")}`
  }`;
}

/** Writes the statement that updates columns of existing rows. */
export function updateSql(parts: StatementParts): string {
  const { table, columns, keys } = parts;
  const set = columns.flatMap((column, i) =>
    keys.includes(column.name) ? [] : [`${quoteName(column.name)} = r.c${i}`]
  );
  // Rows with no columns other than the key have nothing to update, and are only counted.
  const changes = set.length === 0
    ? `${quoteName(keys[0]!)} = t.${quoteName(keys[0]!)}`
    : set.join(", ");
  return `UPDATE ${table} AS t SET ${changes}
FROM ${fromRows(parts)} WHERE ${whereKeys(parts)}`;
}

/** Writes the statement that deletes rows by their keys. */
export function deleteSql(parts: StatementParts): string {
  return `DELETE FROM ${parts.table} AS t USING ${fromRows(parts)} WHERE ${
    whereKeys(parts)
  }`;
}

/**
 * Writes the statement that changes the key of one row. The first parameters are the new
 * values, the others the old key.
 */
export function moveSql(
  { table, columns }: StatementParts,
  keyColumns: readonly TargetColumn[],
): string {
  const set = columns.map(({ name, type }, i) =>
    `${quoteName(name)} = $${i + 1}::${type}`
  );
  const where = keyColumns.map(({ name, type }, i) =>
    `${quoteName(name)} = $${columns.length + i + 1}::${type}`
  );
  return `UPDATE ${table} SET ${set.join(", ")} WHERE ${where.join(" AND ")}`;
}

/** Writes the statement that records keys as brought by a copy. */
export function seeSql(parts: StatementParts): string {
  return `${insertSql(parts)} ON CONFLICT DO NOTHING`;
}

/** Writes the statement that removes the rows that a copy did not bring. */
export function sweepSql(
  table: string,
  seen: string,
  keys: readonly string[],
): string {
  const same = keys.map((key) => `seen.${quoteName(key)} = t.${quoteName(key)}`)
    .join(" AND ");
  return `DELETE FROM ${table} AS t WHERE NOT EXISTS (SELECT FROM ${seen} AS seen WHERE ${same})`;
}
