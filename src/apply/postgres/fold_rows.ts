import { textOfKey } from "../../encode/key_text.ts";
import { oldValues, type RowEvent } from "../../encode/row_key.ts";
import type { Row } from "../../events/relation.ts";
import { UNCHANGED } from "../../unchanged.ts";

/** The combined effect of several changes of a row. */
export type NetChange =
  /** The row does not exist, and becomes this. */
  | { readonly kind: "insert"; readonly row: Row }
  /** The row becomes this, whether it exists or not. */
  | { readonly kind: "put"; readonly row: Row }
  /** The row exists, and becomes this. */
  | { readonly kind: "set"; readonly row: Row }
  /** The row exists, and gets these values; UNCHANGED columns stay as they are. */
  | { readonly kind: "patch"; readonly row: Row }
  /** The row is deleted. Only the values of the key are certain to be present. */
  | { readonly kind: "delete"; readonly row: Row };

/** The changes of one table's rows, combined by row. */
export class FoldedRows {
  readonly #keys: readonly string[];
  readonly #columns: readonly string[];
  readonly #changes = new Map<unknown, NetChange>();

  /**
   * @param keys The columns that identify a row.
   * @param columns All columns.
   */
  constructor(keys: readonly string[], columns: readonly string[]) {
    this.#keys = keys;
    this.#columns = columns;
  }

  /** The combined changes. */
  get changes(): Iterable<NetChange> {
    return this.#changes.values();
  }

  /** Adds a change that does not change the row's key. */
  add(event: RowEvent): void {
    if (event.kind === "delete") {
      const row = oldValues(event)!;
      this.#changes.set(this.#keyOf(row), { kind: "delete", row });
      return;
    }
    const { newRow: row } = event;
    const key = this.#keyOf(row);
    if (event.kind !== "update") {
      const isNew = event.kind === "insert" && !this.#changes.has(key);
      this.#changes.set(key, { kind: isNew ? "insert" : "put", row });
    } else if (isComplete(row, this.#columns)) {
      this.#changes.set(key, {
        kind: kindOfWhole(this.#changes.get(key)),
        row,
      });
    } else this.#changes.set(key, this.#patch(this.#changes.get(key), row));
  }

  #patch(before: NetChange | undefined, row: Row): NetChange {
    if (before === undefined || before.kind === "delete") {
      return { kind: "patch", row };
    }
    const merged: Record<string, unknown> = { ...row };
    for (const name of this.#columns) {
      if (row[name] === UNCHANGED) merged[name] = before.row[name];
    }
    return { kind: before.kind, row: merged };
  }

  // Keys of one column are mostly numbers or text, which can be compared directly.
  #keyOf(row: Row): unknown {
    const [first] = this.#keys;
    const value = row[first!];
    return this.#keys.length > 1 || typeof value === "object"
      ? textOfKey("", row, this.#keys)
      : value;
  }
}

// For a row that this batch inserts or replaces, the newest values are used.
function kindOfWhole(
  before: NetChange | undefined,
): "insert" | "put" | "set" {
  switch (before?.kind) {
    case undefined:
    case "set":
      return "set";
    case "insert":
      return "insert";
    default:
      return "put";
  }
}

/** Returns whether the server sent all values of a row. */
export function isComplete(row: Row, columns: readonly string[]): boolean {
  for (let i = 0; i < columns.length; i++) {
    if (row[columns[i]!] === UNCHANGED) return false;
  }
  return true;
}
