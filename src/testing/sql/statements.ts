// Texts that may contain a semicolon: literals and quoted names. In a literal with the prefix
// E, backslashes escape.
const PART =
  /[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|[^'";eE]+|[eE]/gs;

/** Splits a simple query into its statements, without surrounding whitespace. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let statement = "";
  for (const [part] of sql.matchAll(PART)) {
    if (part !== ";") {
      statement += part;
      continue;
    }
    statements.push(statement.trim());
    statement = "";
  }
  statements.push(statement.trim());
  return statements.filter((one) => one !== "");
}

/** Parses an SQL literal. */
export function readLiteral(literal: string): string {
  const isEscaped = /^e/i.test(literal);
  const text = literal.slice(isEscaped ? 2 : 1, -1).replaceAll("''", "'");
  return isEscaped ? text.replaceAll(/\\(.)/gs, "$1") : text;
}

/** The pattern of an SQL literal. */
export const LITERAL = "(?:[eE]'(?:[^'\\\\]|''|\\\\.)*'|'(?:[^']|'')*')";

/** Parses all literals in a piece of SQL, in order. */
export function readLiterals(sql: string): string[] {
  return [...sql.matchAll(new RegExp(LITERAL, "gs"))].map(([literal]) =>
    readLiteral(literal)
  );
}
