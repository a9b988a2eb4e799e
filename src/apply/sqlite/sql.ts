/** Quotes a name. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function list(names: readonly string[]): string {
  return names.map(quoteName).join(", ");
}

function tuples(width: number, rows: number): string {
  const tuple = `(${new Array(width).fill("?").join(", ")})`;
  return new Array(rows).fill(tuple).join(", ");
}

function where(keys: readonly string[]): string {
  return keys.map((key) => `${quoteName(key)} = ?`).join(" AND ");
}

/**
 * Writes the statement that inserts or replaces some rows: parameters are the columns of each
 * row, in order.
 */
export function putSql(
  table: string,
  columns: readonly string[],
  keys: readonly string[],
  rows: number,
): string {
  const others = columns.filter((name) => !keys.includes(name));
  const set = others.map((name) => {
    const quoted = quoteName(name);
    return `${quoted} = excluded.${quoted}`;
  }).join(", ");
  return `INSERT INTO ${quoteName(table)} (${list(columns)}) VALUES ${
    tuples(columns.length, rows)
  } ON CONFLICT (${list(keys)}) DO ${
    set === "" ? "NOTHING" : `UPDATE SET ${set}`
  }`;
}

/** Writes the statement that updates some columns: parameters are these, then the key. */
export function updateSql(
  table: string,
  columns: readonly string[],
  keys: readonly string[],
): string {
  const set = columns.map((name) => `${quoteName(name)} = ?`).join(", ");
  return `UPDATE ${quoteName(table)} SET ${set} WHERE ${where(keys)}`;
}

/** Writes the statement that deletes a row: parameters are the key. */
export function deleteSql(table: string, keys: readonly string[]): string {
  return `DELETE FROM ${quoteName(table)} WHERE ${where(keys)}`;
}

/** Writes the statement that records some keys as brought by a copy: parameters are the keys. */
export function seeSql(
  seen: string,
  keys: readonly string[],
  rows: number,
): string {
  return `INSERT INTO ${quoteName(seen)} (${list(keys)}) VALUES ${
    tuples(keys.length, rows)
  } ON CONFLICT DO NOTHING`;
}

/** Writes the statement that removes the rows that a copy did not bring. */
export function sweepSql(
  table: string,
  seen: string,
  keys: readonly string[],
): string {
  const same = keys.map((key) => {
    const quoted = quoteName(key);
    return `seen.${quoted} = ${quoteName(table)}.${quoted}`;
  }).join(" AND ");
  return `DELETE FROM ${quoteName(table)} WHERE NOT EXISTS (SELECT 1 FROM ${
    quoteName(seen)
  } AS seen WHERE ${same})`;
}
