import { textsIn } from "./source_text.ts";

// What stands before a parenthesis in SQL and is no function; `x` is a hole.
const NOT_FUNCTIONS =
  /^(?:x|all|and|any|array|as|by|coalesce|exists|from|in|lateral|not|on|operator|or|over|row|select|then|union|values|when|where|with)$/i;

/**
 * Finds what a query of the library leaves to `search_path`, so that somebody else's
 * object could be picked: an operator, function, type or table that is not called by its
 * schema, and words that stand for an operator (`IN`, `BETWEEN`, `LIKE`, `NULLIF`,
 * `IS DISTINCT FROM`, `CASE x WHEN`). The schema of all of them is `pg_catalog`.
 *
 * @param source The source of a file.
 * @returns What is wrong, in words; nothing for a file without SQL.
 */
export function findUnsafeSql(source: string): string[] {
  return textsIn(source).filter(isSql).flatMap((text) =>
    problemsOf(text).map((problem) => `${problem} in: ${text.trim()}`)
  );
}

function isSql(text: string): boolean {
  return /\bpg_catalog\./.test(text) ||
    /^\s*(?:SELECT|WITH|COPY|FROM|WHERE|JOIN|LEFT JOIN) /.test(text);
}

function problemsOf(text: string): string[] {
  // Literals may hold anything.
  const sql = text.replace(/'(?:[^']|'')*'/g, "''");
  const inner = [
    ...sql.matchAll(/(?:\bWITH|\bRECURSIVE|,)\s+(\w+)(?:\([\w, ]+\))? AS \(/g),
  ]
    .map(([, name]) => name);
  const rest = sql
    .replace(/\bOPERATOR\(pg_catalog\.[-+*/<>=~!@#%^&|?]+\)/g, " ")
    .replace(/\w+\.\*|\(\*\)/g, " ")
    .replace(/^\s*SET \w+ = /, " ");
  const find = (pattern: RegExp, what: string) =>
    [...rest.matchAll(pattern)].map(([found]) => `${what} "${found.trim()}"`);
  return [
    ...find(/[-+*/<>=~!@#%^&|?]+/g, "operator"),
    ...find(
      /\b(?:NOT )?(?:IN|BETWEEN|LIKE|ILIKE|SIMILAR TO|NULLIF)\b|\bDISTINCT FROM\b|\bCASE\s+(?!WHEN\b)\S+/g,
      "hidden operator",
    ),
    ...find(/::(?!pg_catalog\.|x\b)[\w"]+/g, "type"),
    ...find(/(?<![.\w"])[a-z_]\w*(?=\()/g, "function").filter((problem) => {
      const name = /"(\w+)"/.exec(problem)?.[1] ?? "";
      return !NOT_FUNCTIONS.test(name) && !isAlias(name, rest) &&
        !inner.includes(name);
    }),
    ...find(
      /\b(?:FROM|JOIN)\s+(?!pg_catalog\.|LATERAL\b|x\b)[a-z_]\w*\b/g,
      "table",
    )
      .filter((problem) => {
        const name = /(\w+)"$/.exec(problem)?.[1];
        return !inner.includes(name);
      }),
  ];
}

// A name with columns, as in "AS part(oid)".
function isAlias(name: string, sql: string): boolean {
  return new RegExp(`\\b(?:AS|RECURSIVE)\\s+${name}\\(`).test(sql);
}
