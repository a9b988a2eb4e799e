// What may hold a semicolon: literals and quoted names. A literal with E in front has
// backslashes that escape.
const PART =
  /[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|[^'";eE]+|[eE]/gs;

/** Cuts what a simple query has into its statements, without what is around them. */
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

/** Reads a literal of SQL. */
export function readLiteral(literal: string): string {
  const isEscaped = /^e/i.test(literal);
  const text = literal.slice(isEscaped ? 2 : 1, -1).replaceAll("''", "'");
  return isEscaped ? text.replaceAll(/\\(.)/gs, "$1") : text;
}

/** The pattern of a literal of SQL. */
export const LITERAL = "(?:[eE]'(?:[^'\\\\]|''|\\\\.)*'|'(?:[^']|'')*')";

/** Reads all literals in a piece of SQL, in their order. */
export function readLiterals(sql: string): string[] {
  return [...sql.matchAll(new RegExp(LITERAL, "gs"))].map(([literal]) =>
    readLiteral(literal)
  );
}
