import { LITERAL } from "./statements.ts";

/** Placeholder for a text in a query to recognize. */
export const TEXT = "\u2039text\u203a";
/** Placeholder for the names in a list. */
export const NAMES = "\u2039names\u203a";
/** Placeholder for a number. */
export const NUMBER = 987_654_321;

/**
 * Creates the pattern of a statement of this library, of which only some parts vary. It has a
 * group for each of these parts.
 *
 * @param statement The statement, with {@linkcode TEXT}, {@linkcode NAMES} and {@linkcode
 * NUMBER} as placeholders.
 */
export function template(statement: string): RegExp {
  const pattern = squeeze(statement)
    .replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
    .replaceAll(`'${TEXT}'`, `(${LITERAL})`)
    .replaceAll(`'${NAMES}'`, `((?:${LITERAL}(?:, )?)*)`)
    .replaceAll(`${NUMBER}`, "(\\d+(?:,\\d+)*)");
  return new RegExp(`^${pattern}$`, "s");
}

// A literal or a quoted name, or a gap.
const GAP = new RegExp(`(${LITERAL}|"(?:[^"]|"")*")|\\s+`, "gs");

/** Replaces each gap between words by one blank, except within names and literals. */
export function squeeze(statement: string): string {
  return statement.trim().replaceAll(GAP, (_, quoted) => quoted ?? " ");
}
