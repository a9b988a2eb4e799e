import { LITERAL } from "./statements.ts";

/** Stands for a text in a query that is to be recognised. */
export const TEXT = "\u2039text\u203a";
/** Stands for the names in a list. */
export const NAMES = "\u2039names\u203a";
/** Stands for a number. */
export const NUMBER = 987_654_321;

/**
 * Makes the pattern of a statement of this library's, of which only some parts differ from
 * one time to the next. It has a group for each of these parts.
 *
 * @param statement The statement, with {@linkcode TEXT}, {@linkcode NAMES} and
 * {@linkcode NUMBER} in their places.
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

/** Writes each gap between words as one blank, but for those within names and literals. */
export function squeeze(statement: string): string {
  return statement.trim().replaceAll(GAP, (_, quoted) => quoted ?? " ");
}
