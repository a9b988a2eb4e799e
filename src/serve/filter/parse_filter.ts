/** How a {@linkcode Condition} compares a column. */
export type FilterOperator =
  | "="
  | "<>"
  | "<"
  | "<="
  | ">"
  | ">="
  | "IS NULL"
  | "IS NOT NULL";

/** A condition on one column. */
export interface Condition {
  /** The column's name. */
  readonly column: string;
  /** How it is compared. */
  readonly operator: FilterOperator;
  /** The text to compare it with; `null` with `IS NULL` and `IS NOT NULL`. */
  readonly literal: string | null;
}

/** Conditions that must all be true for a row. */
export type Filter = readonly Condition[];

const LONGEST = 2_000;
const MOST_CONDITIONS = 16;

const TOKEN =
  /\s*(?:([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|"((?:[^"\0]|"")+)"|'((?:[^'\0]|'')*)'|([-+]?(?:\d+(?:\.\d+)?|\.\d+))(?![\w.])|(<=|>=|<>|!=|=|<|>))/y;

type Token =
  | {
    readonly kind: "word" | "name" | "text" | "number";
    readonly text: string;
  }
  | { readonly kind: "operator"; readonly text: string };

/**
 * Parses a filter: `column op literal [AND …]`, in the syntax of SQL. The operators are `=`,
 * `<>`, `!=`, `<`, `<=`, `>`, `>=`, `IS NULL` and `IS NOT NULL`; a literal is a number, a
 * `'text'`, `true` or `false`.
 *
 * Unquoted names are folded to lower case, as on the server.
 *
 * Source: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 *
 * @example
 * ```ts
 * import { parseFilter } from "@walbrook/walbrook/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseFilter("status = 'open' AND total >= 100"), [
 *   { column: "status", operator: "=", literal: "open" },
 *   { column: "total", operator: ">=", literal: "100" },
 * ]);
 * ```
 *
 * @param text The filter. An empty one matches all rows.
 * @returns Its conditions, all of which a row must meet.
 * @throws {SyntaxError} If it is not a valid filter.
 */
export function parseFilter(text: string): Filter {
  if (text.length > LONGEST) {
    throw new SyntaxError(
      `Cannot read a filter of ${text.length} characters: it may have ${LONGEST}`,
    );
  }
  const tokens = tokensOf(text);
  const conditions: Condition[] = [];
  for (let at = 0; at < tokens.length;) {
    if (at > 0 && !isWord(tokens[at++], "and")) throw invalid(text, "AND");
    const taken = readCondition(text, tokens.slice(at, at + 4));
    conditions.push(taken.condition);
    at += taken.tokens;
  }
  if (conditions.length > MOST_CONDITIONS) {
    throw new SyntaxError(
      `Cannot read a filter of ${conditions.length} conditions: it may have ${MOST_CONDITIONS}`,
    );
  }
  return conditions;
}

/** Formats a filter, so that equal filters have equal texts. */
export function formatFilter(filter: Filter): string {
  const texts = filter.map(({ column, operator, literal }) => {
    const name = `"${column.replaceAll('"', '""')}"`;
    return literal === null
      ? `${name} ${operator}`
      : `${name} ${operator} '${literal.replaceAll("'", "''")}'`;
  });
  return [...new Set(texts)].sort().join(" AND ");
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) {
      throw new SyntaxError(
        `Cannot read the filter ${JSON.stringify(text)} at character ${
          at + 1
        }: expected conditions such as status = 'open' AND total >= 100`,
      );
    }
    const [, word, name, literal, number, operator] = match;
    if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (name !== undefined) {
      tokens.push({ kind: "name", text: name.replaceAll('""', '"') });
    } else if (literal !== undefined) {
      tokens.push({ kind: "text", text: literal.replaceAll("''", "'") });
    } else if (number !== undefined) {
      tokens.push({ kind: "number", text: number });
    } else tokens.push({ kind: "operator", text: operator! });
  }
  return tokens;
}

function readCondition(
  text: string,
  [name, operator, third, fourth]: readonly Token[],
): { readonly condition: Condition; readonly tokens: number } {
  const column = columnOf(name);
  if (column === null) throw invalid(text, "a column's name");
  if (isWord(operator, "is")) {
    const isNot = isWord(third, "not");
    if (!isWord(isNot ? fourth : third, "null")) {
      throw invalid(text, "NULL or NOT NULL after IS");
    }
    return {
      condition: {
        ...{ column, literal: null },
        operator: isNot ? "IS NOT NULL" : "IS NULL",
      },
      tokens: isNot ? 4 : 3,
    };
  }
  if (operator?.kind !== "operator") {
    throw invalid(text, `an operator after ${column}`);
  }
  const literal = literalOf(third);
  if (literal === null) {
    throw invalid(
      text,
      `a number, a text in single quotes, true or false after ${operator.text}`,
    );
  }
  return {
    condition: {
      ...{ column, literal },
      operator:
        (operator.text === "!=" ? "<>" : operator.text) as FilterOperator,
    },
    tokens: 3,
  };
}

function columnOf(token: Token | undefined): string | null {
  if (token?.kind === "name") return token.text;
  if (token?.kind !== "word") return null;
  // In a UTF-8 database the server folds ASCII letters only.
  return token.text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function literalOf(token: Token | undefined): string | null {
  if (token?.kind === "text" || token?.kind === "number") return token.text;
  const word = token?.kind === "word" ? token.text.toLowerCase() : "";
  return word === "true" || word === "false" ? word : null;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === "word" && token.text.toLowerCase() === word;
}

function invalid(text: string, expected: string): SyntaxError {
  return new SyntaxError(
    `Cannot read the filter ${JSON.stringify(text)}: expected ${expected}`,
  );
}
