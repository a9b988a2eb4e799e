import type { CatalogRelation } from "./plugin_catalog.ts";

/** A column of a payload. */
export interface SeenColumn {
  /** Its name. */
  readonly name: string;
  /** Its type, in the plugin's notation. */
  readonly type: string;
  /** The OID of its type, if the plugin sends it. */
  readonly typeOid?: number | null;
  /** Whether its value is NULL. */
  readonly isNull?: boolean;
}

/** A table as a payload shows it. */
export interface SeenRelation {
  /** What happened to the table. */
  readonly kind: "insert" | "update" | "delete" | "truncate";
  /** The table's schema. */
  readonly schema: string;
  /** The table's name. */
  readonly name: string;
  /** The columns with new values, in the table's order. */
  readonly columns: readonly SeenColumn[];
  /** Whether these are all columns of the table. */
  readonly isWhole: boolean;
  /** The columns with old values only. */
  readonly others: readonly SeenColumn[];
  /** The columns with old values; `null` if the payload has no part for them. */
  readonly old: readonly string[] | null;
  /** Whether the old values include NULLs. */
  readonly showsOldNulls: boolean;
}

/** The transaction that a payload belongs to. */
export interface SeenAt {
  /** Its 32-bit id. */
  readonly xid: number;
  /** Its commit position, or the last byte of its commit record. */
  readonly commitLsn: bigint;
}

/**
 * Removes the columns that the plugin shows as NULL although they have no stored value:
 * virtual generated columns.
 *
 * @param columns The columns of a payload.
 * @param found The table in the catalog.
 */
export function storedColumns<C extends SeenColumn>(
  columns: readonly C[],
  found: CatalogRelation | null,
): readonly C[] {
  const virtual = new Set(
    found?.columns.flatMap(({ name, isVirtual }) => isVirtual ? [name] : []),
  );
  return virtual.size === 0
    ? columns
    : columns.filter(({ name, isNull }) => !isNull || !virtual.has(name));
}

/**
 * Merges the columns of a payload into the list of all columns of the table. If their orders
 * differ, the payload takes precedence: a column that was dropped and added again comes after
 * the others.
 *
 * @param all All columns of the table.
 * @param seen The columns of a payload, in the table's order.
 * @returns The columns of both, in the table's order.
 */
export function mergeColumns(
  all: readonly SeenColumn[],
  seen: readonly SeenColumn[],
): readonly SeenColumn[] {
  const merged = [...seen];
  const names = new Set(seen.map(({ name }) => name));
  all.forEach((column, i) => {
    if (names.has(column.name)) return;
    // After the column that it followed.
    const before = all[i - 1]?.name;
    const at = merged.findIndex(({ name }) => name === before);
    merged.splice(at + 1, 0, column);
  });
  return merged;
}

/**
 * Returns whether names are all in a list of columns, and in its order.
 *
 * @param names The names.
 * @param columns The columns.
 */
export function isInOrder(
  names: readonly { readonly name: string }[],
  columns: readonly { readonly name: string }[],
): boolean {
  let at = -1;
  return names.every(({ name }) => {
    at = columns.findIndex((column, i) => i > at && column.name === name);
    return at >= 0;
  });
}
