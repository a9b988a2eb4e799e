import { IS_JAVASCRIPT_CORE } from "../bytes/javascript_core.ts";
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
/** The maximum number of properties that JavaScriptCore adds faster than it copies them. */
const MAX_ADDED_COLUMNS = 10;

/**
 * Whether objects with these properties start as an empty one, not as a copy. In JavaScriptCore,
 * that is faster than copying if there are few properties, since only the copy calls a native
 * function, and faster than {@linkcode beginWideRow} if there are many. A property `__proto__`
 * can't be added by an assignment.
 *
 * @param names The names of the properties.
 * @param isJavaScriptCore Whether that is the engine.
 */
export function startsEmpty(
  names: readonly string[],
  isJavaScriptCore: boolean = IS_JAVASCRIPT_CORE,
): boolean {
  return isJavaScriptCore && !names.includes("__proto__") &&
    (names.length <= MAX_ADDED_COLUMNS || names.length > MAX_COPIED_COLUMNS);
}

/** Creates an object without properties, to which those of any row can be added. */
export function emptyRow(): Record<string, unknown> {
  return {};
}

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
