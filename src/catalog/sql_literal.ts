/**
 * Writes a text as a literal of SQL, in which `standard_conforming_strings` may be off.
 *
 * @throws {TypeError} If the text holds a zero byte.
 */
export function sqlLiteral(text: string): string {
  if (text.includes("\0")) {
    throw new TypeError(
      `Cannot use ${JSON.stringify(text)} as a name: it holds a zero byte`,
    );
  }
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? `E${quoted}` : quoted;
}

/**
 * Writes a name as a quoted identifier of SQL.
 *
 * @throws {TypeError} If the name holds a zero byte.
 */
export function sqlIdentifier(name: string): string {
  if (name.includes("\0")) {
    throw new TypeError(
      `Cannot use ${JSON.stringify(name)} as a name: it holds a zero byte`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}
