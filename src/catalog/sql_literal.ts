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
