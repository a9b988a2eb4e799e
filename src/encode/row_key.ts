import type { DeleteEvent, InsertEvent, UpdateEvent } from "../events/event.ts";
import type { Row } from "../events/relation.ts";
import type { ReadEvent } from "../events/snapshot_event.ts";
import { UNCHANGED } from "../unchanged.ts";
import { setOwnProperty } from "../values/own_property.ts";
import { planOf } from "./relation_plan.ts";

/** An event that says what became of one row. */
export type RowEvent = InsertEvent | UpdateEvent | DeleteEvent | ReadEvent;

/** Columns that tell a row, by the table's name: `{ "public.log": ["id"] }`. */
export type KeyColumns = Readonly<Record<string, readonly string[]>>;

/** Options for {@linkcode keyOf}. */
export interface KeyOptions {
  /**
   * The columns that tell a row, for tables that have neither a primary key nor an index
   * as their replica identity, or where others are wanted. Of a deleted row, and of an updated row as it
   * was, only those values are known that the replica identity sends.
   *
   * @default {{}} those of `event.key`
   */
  readonly keys?: KeyColumns;
}

/**
 * Finds the key of the row that an event is about, as it is after the change; of a
 * deleted row, as it was.
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
 * @param options The columns of tables that have no key.
 * @returns The values of the key by column; `null` where the table has no key, or the
 * server did not send all of it.
 */
export function keyOf(event: RowEvent, options: KeyOptions = {}): Row | null {
  const columns = keyColumnsFor(event, options);
  if (columns === null) return null;
  const row = event.kind === "delete" ? oldValues(event) : event.newRow;
  return row === null || !hasAll(row, columns) ? null : pick(row, columns);
}

/**
 * Finds the key that a row had before an update that changed it.
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
 * @param options The columns of tables that have no key.
 * @returns The key as it was; `null` where it did not change, is not known, or the event
 * is no update.
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

/** Names the columns of an event's key; `null` if there are none. */
export function keyColumnsFor(
  { relation }: RowEvent,
  { keys }: KeyOptions,
): readonly string[] | null {
  const { table, keyColumns } = planOf(relation);
  if (keys === undefined) return keyColumns;
  return Object.hasOwn(keys, table) ? keys[table]! : keyColumns;
}

/** The values that the server sent of a row as it was before. */
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

/** Whether two values of a key's column are the same. */
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
