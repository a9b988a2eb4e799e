// A part in quotes, or one without dots and quotes.
const PARTS = /^(?:"((?:[^"]|"")+)"|([^."]+))\.(?:"((?:[^"]|"")+)"|([^."]+))$/;

/**
 * Writes a table's name, as `event.table` has it, as SQL does.
 *
 * @throws {SyntaxError} If it is not a schema and a name with a dot between them.
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
