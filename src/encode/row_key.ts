import type {
  DeleteEvent,
  InsertEvent,
  UpdateEvent,
} from "../events/row_event.ts";
import type { Row } from "../events/relation.ts";
import type { ReadEvent } from "../events/snapshot_event.ts";
import { UNCHANGED } from "../unchanged.ts";
import { setOwnProperty } from "../values/own_property.ts";
import { planOf } from "./relation_plan.ts";

/** An event about a single row. */
export type RowEvent = InsertEvent | UpdateEvent | DeleteEvent | ReadEvent;

/** Columns that identify a row, by the table's name: `{ "public.log": ["id"] }`. */
export type KeyColumns = Readonly<Record<string, readonly string[]>>;

/** Options for {@linkcode keyOf}. */
export interface KeyOptions {
  /**
   * The columns that identify a row, for tables that have neither a primary key nor an index
   * as their replica identity, or to replace the default. For a deleted row, and for the
   * state before an update, only the values in the replica identity are known.
   *
   * @default {{}} those of `event.key`
   */
  readonly keys?: KeyColumns;
}

/**
 * Returns the key of the row that an event is about, after the change; for a deleted row,
 * before it.
 *
 * @example
 * ```ts
 * import { keyOf, type RowEvent } from "@walbrook/walbrook/encode";
 *
 * function invalidate(cache: Map<string, unknown>, event: RowEvent): void {
 *   cache.delete(JSON.stringify(keyOf(event)));
 * }
 * console.log(invalidate.name);
 * ```
 *
 * @param event The event.
 * @param options The columns of tables without a key.
 * @returns The values of the key by column; `null` if the table has no key, or the server did
 * not send all of it.
 */
export function keyOf(event: RowEvent, options: KeyOptions = {}): Row | null {
  const columns = keyColumnsFor(event, options);
  if (columns === null) return null;
  const row = event.kind === "delete" ? oldValues(event) : event.newRow;
  return row === null || !hasAll(row, columns) ? null : pick(row, columns);
}

/**
 * Returns the key that a row had before an update that changed it.
 *
 * @example
 * ```ts
 * import { previousKeyOf, type RowEvent } from "@walbrook/walbrook/encode";
 *
 * function hasMoved(event: RowEvent): boolean {
 *   return previousKeyOf(event) !== null;
 * }
 * console.log(hasMoved.name);
 * ```
 *
 * @param event The event.
 * @param options The columns of tables without a key.
 * @returns The previous key; `null` if it did not change or is unknown, or the event is not
 * an update.
 */
export function previousKeyOf(
  event: RowEvent,
  options: KeyOptions = {},
): Row | null {
  if (event.kind !== "update") return null;
  const columns = keyColumnsFor(event, options);
  const before = oldValues(event);
  if (columns === null || before === null || !hasAll(before, columns)) {
    return null;
  }
  const { newRow } = event;
  return columns.every((name) => isSameValue(before[name], newRow[name]))
    ? null
    : pick(before, columns);
}

/** Returns the columns of an event's key; `null` if there are none. */
export function keyColumnsFor(
  { relation }: RowEvent,
  { keys }: KeyOptions,
): readonly string[] | null {
  const { table, keyColumns } = planOf(relation);
  if (keys === undefined) return keyColumns;
  return Object.hasOwn(keys, table) ? keys[table]! : keyColumns;
}

/** Returns the old values of a row, as far as the server sent them. */
export function oldValues(event: UpdateEvent | DeleteEvent): Row | null {
  return event.oldRow ?? event.key;
}

function hasAll(row: Row, names: readonly string[]): boolean {
  return names.every((name) =>
    row[name] !== undefined && row[name] !== UNCHANGED
  );
}

function pick(row: Row, names: readonly string[]): Row {
  const key: Record<string, unknown> = {};
  for (const name of names) setOwnProperty(key, name, row[name]);
  return key;
}

/** Returns whether two values of a key column are equal. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return Object.is(a, b);
  if (a === null || b === null) return false;
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  }
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && +a === +b;
  }
  const names = Object.keys(a);
  return names.length === Object.keys(b).length &&
    names.every((name) =>
      Object.hasOwn(b, name) &&
      isSameValue((a as Row)[name], (b as Row)[name])
    );
}
