/**
 * Quotes a slot, plugin or option name for a replication command.
 *
 * @throws {TypeError} If the name is empty or holds a zero byte or a double quote,
 * which servers before 18 can't read inside a quoted name.
 */
export function quoteIdentifier(name: string): string {
  if (name === "" || /["\0]/.test(name)) {
    throw new TypeError(
      `Cannot use ${
        JSON.stringify(name)
      } as a name in a replication command: ` +
        "it must not be empty, nor hold a double quote or a zero byte",
    );
  }
  return `"${name}"`;
}

/**
 * Quotes a text value for a replication command, whose grammar knows no escapes
 * but the doubled quote (`src/backend/replication/repl_scanner.l`).
 *
 * @throws {TypeError} If the text holds a zero byte.
 */
export function quoteLiteral(text: string): string {
  if (text.includes("\0")) {
    throw new TypeError(
      `Cannot use ${
        JSON.stringify(text)
      } in a replication command: it holds a zero byte`,
    );
  }
  return `'${text.replaceAll("'", "''")}'`;
}
