/**
 * Assigns a property, and nothing more. An engine learns for each place in the code where
 * in an object the property of a name belongs, as long as the place sees few names. So
 * there is a place for each of the first columns of a table, which see one name for as
 * long as rows of one table come; a loop with one place for all takes three times as long.
 *
 * @param row The object.
 * @param column The number of the column.
 * @param name Its name.
 * @param value What to assign.
 */
export function setProperty(
  row: Record<string, unknown>,
  column: number,
  name: string,
  value: unknown,
): void {
  // deno-fmt-ignore
  switch (column) {
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
    default: row[name] = value; return;
  }
}
