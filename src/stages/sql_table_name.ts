// A quoted part, or one without dots and quotes.
const PARTS = /^(?:"((?:[^"]|"")+)"|([^."]+))\.(?:"((?:[^"]|"")+)"|([^."]+))$/;

/**
 * Formats a table's name, as in `event.table`, for SQL.
 *
 * @throws {SyntaxError} If it is not a schema and a name separated by a dot.
 */
export function sqlTableName(table: string): string {
  const match = PARTS.exec(table);
  if (match === null) {
    throw new SyntaxError(
      `Cannot read "${table}" as a table's name: expected its schema and its name, as in "public.orders"`,
    );
  }
  const [, quotedSchema, schema, quotedName, name] = match;
  return [quotedSchema ?? schema, quotedName ?? name]
    .map((part) => `"${part}"`).join(".");
}
