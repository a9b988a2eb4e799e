import type { ReplicationEvent } from "../../events/event.ts";
import type { Relation } from "../../events/relation.ts";
import type { XLogData } from "../../replication/copy_both_message.ts";
import type { ChangeLog } from "../reconcile/change_log.ts";
import { readChangedKeys } from "../reconcile/changed_keys.ts";
import { isWhole } from "../reconcile/overlay.ts";
import type { MovedRow } from "../progress/chunk_progress.ts";
import type { KeyColumn } from "../read/published_table.ts";
import { keyPlaces } from "../read/row_format.ts";

/** The effects of a transaction on the copy of a table. */
export interface TransactionEffects {
  /** Rows to read again. */
  readonly moved: readonly MovedRow[];
  /** Whether it truncated the table. */
  readonly isTruncated: boolean;
  /** Whether it changed rows whose keys are unknown. */
  readonly isUnclear: boolean;
}

/** Collects the effects of the transaction that is being delivered on a table. */
export class OpenTransaction {
  readonly #log: ChangeLog;
  readonly #textsOf: (key: string) => readonly string[] | null;
  #moved: MovedRow[] = [];
  #isTruncated = false;
  #isUnclear = false;
  #places: {
    readonly relation: Relation;
    readonly places: readonly number[];
  } | null = null;

  /**
   * @param log Gets the changes.
   * @param textsOf Converts a key to text values for SQL; `null` if that is not possible.
   */
  constructor(
    log: ChangeLog,
    textsOf: (key: string) => readonly string[] | null,
  ) {
    this.#log = log;
    this.#textsOf = textsOf;
  }

  /**
   * Records a change.
   *
   * @param message The change as it came.
   * @param event The change.
   * @param key The columns of the key by which the table is copied.
   */
  observe(
    message: XLogData,
    event: ReplicationEvent,
    key: readonly KeyColumn[],
  ): void {
    switch (event.kind) {
      case "truncate":
        this.#isTruncated = true;
        this.#moved = [];
        return this.#log.push("truncate");
      case "insert":
      case "update":
      case "delete": {
        const places = this.#placesOf(key, event.relation);
        const newRow = event.kind === "delete" ? null : event.newRow;
        return this.#observeRow(message, places, newRow);
      }
    }
  }

  /**
   * Ends the transaction.
   *
   * @param xid Its id.
   * @returns Its effects.
   */
  end(xid: number): TransactionEffects {
    const moved = this.#moved.map((row) => ({ ...row, xid }));
    const isTruncated = this.#isTruncated;
    const isUnclear = this.#isUnclear;
    this.drop();
    return { moved, isTruncated, isUnclear };
  }

  /** Discards the effects so far: the transaction will be sent again. */
  drop(): void {
    this.#moved = [];
    this.#isTruncated = false;
    this.#isUnclear = false;
  }

  #observeRow(
    message: XLogData,
    places: readonly number[],
    newRow: Record<string, unknown> | null,
  ): void {
    const keys = readChangedKeys(message, places);
    if (keys === null) {
      // Its key is not the one by which the table is copied.
      this.#isUnclear = true;
      return;
    }
    const row = newRow === null || isWhole(newRow) ? null : newRow;
    this.#log.push({ ...keys, row });
    const { oldKey, newKey } = keys;
    if (row === null || newKey === null || oldKey === newKey) return;
    // The values of its unchanged columns were in a row that the consumer may not have
    // received.
    const texts = this.#textsOf(newKey);
    if (texts === null) this.#isUnclear = true;
    else this.#moved.push({ key: newKey, texts, xid: 0 });
  }

  #placesOf(
    key: readonly KeyColumn[],
    relation: Relation,
  ): readonly number[] {
    if (this.#places?.relation !== relation) {
      const places = keyPlaces(key, relation.columns);
      this.#places = { relation, places };
    }
    return this.#places.places;
  }
}
