import type { CatalogRelation } from "./plugin_catalog.ts";

/** A column of a payload. */
export interface SeenColumn {
  /** Its name. */
  readonly name: string;
  /** Its type, as the plugin writes it. */
  readonly type: string;
  /** The OID of its type, where the plugin tells. */
  readonly typeOid?: number | null;
  /** Whether its value is NULL. */
  readonly isNull?: boolean;
}

/** What a payload shows of a table. */
export interface SeenRelation {
  /** What happened to the table. */
  readonly kind: "insert" | "update" | "delete" | "truncate";
  /** The table's schema. */
  readonly schema: string;
  /** The table's name. */
  readonly name: string;
  /** The columns that it has new values for, in the table's order. */
  readonly columns: readonly SeenColumn[];
  /** Whether these are all columns of the table. */
  readonly isWhole: boolean;
  /** The columns that it has only old values for. */
  readonly others: readonly SeenColumn[];
  /** The columns that it has old values for; `null` if it has no part for them. */
  readonly old: readonly string[] | null;
  /** Whether the old values that are NULL are among these. */
  readonly showsOldNulls: boolean;
}

/** The transaction that a payload belongs to. */
export interface SeenAt {
  /** Its 32-bit id. */
  readonly xid: number;
  /** Where it commits, or the last byte of its commit record. */
  readonly commitLsn: bigint;
}

/**
 * Leaves out the columns that the plugin shows as NULL although they have no stored value:
 * virtual generated columns.
 *
 * @param columns The columns of a payload.
 * @param found What the catalog says of the table.
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
 * Puts the columns of a payload into the list of all columns of the table. Where the two
 * have another order, that of the payload counts: a column that was dropped and added
 * again stands behind the others.
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
    // Behind the one that it stood behind.
    const before = all[i - 1]?.name;
    const at = merged.findIndex(({ name }) => name === before);
    merged.splice(at + 1, 0, column);
  });
  return merged;
}

/**
 * Whether names stand in the order of a list of columns, and are all in it.
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
