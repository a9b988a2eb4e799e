import type { RowChangeEvent } from "../../events/row_change.ts";
import type { TruncateEvent } from "../../events/event.ts";
import { INVALID_LSN, type Lsn } from "../../lsn.ts";
import type { UnixMicros } from "../../timestamp.ts";

/** A change that affects rows. */
export type TableChange = RowChangeEvent | TruncateEvent;

/** A transaction, with its changes to each table. */
export interface KeptTransaction {
  /** Its end position: everything committed before it has been processed. */
  readonly endLsn: Lsn;
  /** The commit time, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
  /** Its changes by the tables' names, in order. */
  readonly tables: ReadonlyMap<string, readonly TableChange[]>;
  /** Its approximate size, in bytes. */
  readonly bytes: number;
}

/** The limits of a {@linkcode Ring}. */
export interface RingLimits {
  /** The approximate size, in bytes. */
  readonly bytes: number;
  /** The age, in milliseconds. */
  readonly ageMs: number;
}

interface Kept {
  readonly transaction: KeptTransaction;
  /** When it was added, in milliseconds. */
  readonly at: number;
}

/** The last transactions, for clients that reconnect. */
export class Ring {
  readonly #limits: RingLimits;
  // Those before #first were dropped.
  #kept: (Kept | null)[] = [];
  #first = 0;
  #bytes = 0;
  // The position from which it is complete; null until that is known.
  #floor: Lsn | null = null;
  readonly #floors = new Map<string, Lsn>();

  /** @param limits The limits. */
  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  /** The approximate size, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of transactions. */
  get length(): number {
    return this.#kept.length - this.#first;
  }

  /** Sets the position where it begins, unless that is known. */
  begin(lsn: Lsn): void {
    this.#floor ??= lsn;
  }

  /**
   * Adds a transaction, and drops transactions beyond the limits.
   *
   * @param transaction The transaction.
   * @param now The time, in milliseconds.
   */
  push(transaction: KeptTransaction, now: number): void {
    this.#kept.push({ transaction, at: now });
    this.#bytes += transaction.bytes;
    this.trim(now);
  }

  /** Drops transactions beyond the limits. */
  trim(now: number): void {
    const { bytes, ageMs } = this.#limits;
    while (this.#first < this.#kept.length) {
      const { transaction, at } = this.#kept[this.#first]!;
      if (this.#bytes <= bytes && now - at <= ageMs) break;
      this.#bytes -= transaction.bytes;
      this.#floor = transaction.endLsn;
      // The array is shortened later, and must not hold its memory until then.
      this.#kept[this.#first++] = null;
    }
    if (this.#first > 1_024 && this.#first * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Prevents clients from continuing with a table from before a position. */
  invalidate(table: string, lsn: Lsn): void {
    this.#floors.set(table, lsn);
  }

  /** Prevents clients from continuing from before a position. */
  clear(lsn: Lsn): void {
    this.#kept = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#floor = lsn;
  }

  /**
   * Finds the changes of a table after a position.
   *
   * @returns The transactions; `null` if some of them were dropped.
   */
  since(table: string, lsn: Lsn): readonly KeptTransaction[] | null {
    const floor = this.#floors.get(table) ?? INVALID_LSN;
    if (this.#floor === null || lsn < this.#floor || lsn < floor) return null;
    let low = this.#first;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#kept[middle]!.transaction.endLsn > lsn) high = middle;
      else low = middle + 1;
    }
    return this.#kept.slice(low).flatMap((kept) =>
      kept?.transaction.tables.has(table) ? [kept.transaction] : []
    );
  }
}
