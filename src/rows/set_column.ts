/**
 * Returns the engine's own string for the name of a property. With a string that was decoded
 * from bytes, each access would first look that one up.
 */
export function propertyName(name: string): string {
  return Object.keys({ [name]: null })[0] ?? name;
}

/**
 * Sets the property of a column. Each line is a separate call site for the compiler, which
 * can therefore learn the property's offset if there are few tables; it never does with a
 * single call site.
 *
 * @param row The row.
 * @param names The names of its columns.
 * @param i The column's index.
 * @param value The value.
 */
export function setColumn(
  row: Record<string, unknown>,
  names: readonly string[],
  i: number,
  value: unknown,
): void {
  const name = names[i]!;
  // deno-fmt-ignore
  switch (i) {
    case 0: row[name] = value; return;
    case 1: row[name] = value; return;
    case 2: row[name] = value; return;
    case 3: row[name] = value; return;
    case 4: row[name] = value; return;
    case 5: row[name] = value; return;
    case 6: row[name] = value; return;
    case 7: row[name] = value; return;
    case 8: row[name] = value; return;
    case 9: row[name] = value; return;
    case 10: row[name] = value; return;
    case 11: row[name] = value; return;
    case 12: row[name] = value; return;
    case 13: row[name] = value; return;
    case 14: row[name] = value; return;
    case 15: row[name] = value; return;
    case 16: row[name] = value; return;
    case 17: row[name] = value; return;
    case 18: row[name] = value; return;
    case 19: row[name] = value; return;
    default: row[name] = value;
  }
}
