import type { Row } from "../events/relation.ts";

/** Makes another object with the properties of a row. */
export type CopyRow = (row: Row) => Record<string, unknown>;

/**
 * Chooses what copies the rows of a table. All of these do the same, but each is a place
 * of its own to the compiler, which so learns what the rows look like that are copied
 * there. It keeps four tables apart; at one place for many it never learns it.
 *
 * @param number Any whole number that few other tables have.
 */
export function copyRowOf(number: number): CopyRow {
  return COPIES[Math.abs(number) % COPIES.length]!;
}

// deno-fmt-ignore
const COPIES: readonly CopyRow[] = [
  (row) => ({ ...row }), (row) => ({ ...row }), (row) => ({ ...row }), (row) => ({ ...row }),
  (row) => ({ ...row }), (row) => ({ ...row }), (row) => ({ ...row }), (row) => ({ ...row }),
  (row) => ({ ...row }), (row) => ({ ...row }), (row) => ({ ...row }), (row) => ({ ...row }),
  (row) => ({ ...row }), (row) => ({ ...row }), (row) => ({ ...row }), (row) => ({ ...row }),
];

/**
 * Up to how many columns a row is copied. V8 copies objects of more than 128 properties
 * one by one, and has them change their shape with each that is set.
 */
export const MAX_COPIED_COLUMNS = 120;

/**
 * Begins a row of so many columns that it is not copied: without a prototype, an object is
 * a hash table from the beginning, to which properties are added at the same cost however
 * many there are.
 *
 * @returns An object without properties, to be handed to {@linkcode endWideRow}.
 */
export function beginWideRow(): Record<string, unknown> {
  return { __proto__: null } as unknown as Record<string, unknown>;
}

/**
 * Makes a plain object of a wide row that has all its values. Even a property `__proto__`
 * is one like any other, since it was set before.
 */
export function endWideRow(row: Record<string, unknown>): Row {
  return Object.setPrototypeOf(row, Object.prototype);
}
