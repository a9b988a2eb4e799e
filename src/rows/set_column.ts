/**
 * Sets the property of a column. Each line is a place of its own to the compiler, which so
 * learns where the property lies, if there are few tables; one place for all never does.
 *
 * @param row The row.
 * @param names The names of its columns.
 * @param i Which of these.
 * @param value What it is.
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
