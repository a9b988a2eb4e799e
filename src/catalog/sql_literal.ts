/**
 * Formats text as an SQL literal that is valid even with `standard_conforming_strings` off.
 *
 * @throws {TypeError} If the text contains a zero byte.
 */
export function sqlLiteral(text: string): string {
  if (text.includes("\0")) {
    throw new TypeError(
      `Cannot use ${JSON.stringify(text)} as a name: it contains a zero byte`,
    );
  }
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? `E${quoted}` : quoted;
}

/**
 * Formats a name as a quoted SQL identifier.
 *
 * @throws {TypeError} If the name contains a zero byte.
 */
export function sqlIdentifier(name: string): string {
  if (name.includes("\0")) {
    throw new TypeError(
      `Cannot use ${JSON.stringify(name)} as a name: it contains a zero byte`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}
