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
