import type { Row } from "../events/relation.ts";

/** Creates a new object with the properties of a row. */
export type CopyRow = (row: Row) => Record<string, unknown>;

/** The functions that copy the objects created for a table. */
export interface Copiers {
  /** Copies whole rows. */
  readonly copyRow: CopyRow;
  /** Copies keys. */
  readonly copyKey: CopyRow;
}

/**
 * Chooses the functions that copy the rows and the keys of a table. All of them do the same,
 * but each is a separate call site for the compiler, which can therefore learn the shape of
 * the objects copied there. A call site with one shape is fast; it distinguishes up to four,
 * and never learns more. Rows and keys differ in shape, so they have separate call sites.
 *
 * @param number Any whole number that few other tables have.
 */
export function copiersOf(number: number): Copiers {
  return COPIERS[Math.abs(number) % COPIERS.length]!;
}

// deno-fmt-ignore
const COPIERS: readonly Copiers[] = [
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
  { copyRow: (row) => ({ ...row }), copyKey: (row) => ({ ...row }) },
];

/**
 * The maximum number of columns of a row to copy. V8 copies objects with more than 128
 * properties one by one, and changes their shape with each property.
 */
export const MAX_COPIED_COLUMNS = 120;

/**
 * Creates a row with too many columns to be copied: without a prototype, an object is a hash
 * table from the beginning, and adding a property costs the same however many there are.
 *
 * @returns An object without properties, to pass to {@linkcode endWideRow}.
 */
export function beginWideRow(): Record<string, unknown> {
  return { __proto__: null } as unknown as Record<string, unknown>;
}

/**
 * Converts a wide row with all its values to a plain object. A property `__proto__` is like
 * any other, since it was set before.
 */
export function endWideRow(row: Record<string, unknown>): Row {
  return Object.setPrototypeOf(row, Object.prototype);
}
