import type { RowChangeEvent } from "./row_effect.ts";
import type { TruncateEvent } from "../../events/event.ts";
import { INVALID_LSN, type Lsn } from "../../lsn.ts";
import type { UnixMicros } from "../../timestamp.ts";

/** A change that concerns rows. */
export type TableChange = RowChangeEvent | TruncateEvent;

/** A transaction, and what it did to each table. */
export interface KeptTransaction {
  /** Its end: everything that committed before it has been seen. */
  readonly endLsn: Lsn;
  /** When it committed, in microseconds since 1970-01-01 UTC. */
  readonly commitTime: UnixMicros;
  /** Its changes by the tables' names, in order. */
  readonly tables: ReadonlyMap<string, readonly TableChange[]>;
  /** About how many bytes it takes. */
  readonly bytes: number;
}

/** How much a {@linkcode Ring} keeps. */
export interface RingLimits {
  /** How many bytes, about. */
  readonly bytes: number;
  /** For how long, in milliseconds. */
  readonly ageMs: number;
}

/** The last transactions, for clients that connect again. */
export class Ring {
  readonly #limits: RingLimits;
  // Those before #first were dropped.
  #kept: { readonly transaction: KeptTransaction; readonly at: number }[] = [];
  #first = 0;
  #bytes = 0;
  // From where on it has everything; null until it has seen where that is.
  #floor: Lsn | null = null;
  readonly #floors = new Map<string, Lsn>();

  /** @param limits How much it keeps. */
  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  /** About how many bytes it keeps. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many transactions it keeps. */
  get length(): number {
    return this.#kept.length - this.#first;
  }

  /** Sets where it begins, unless that is known. */
  begin(lsn: Lsn): void {
    this.#floor ??= lsn;
  }

  /**
   * Adds a transaction, and drops what is too old or too much.
   *
   * @param transaction The transaction.
   * @param now The time, in milliseconds.
   */
  push(transaction: KeptTransaction, now: number): void {
    this.#kept.push({ transaction, at: now });
    this.#bytes += transaction.bytes;
    this.trim(now);
  }

  /** Drops what is too old or too much. */
  trim(now: number): void {
    const { bytes, ageMs } = this.#limits;
    while (this.#first < this.#kept.length) {
      const { transaction, at } = this.#kept[this.#first]!;
      if (this.#bytes <= bytes && now - at <= ageMs) break;
      this.#bytes -= transaction.bytes;
      this.#floor = transaction.endLsn;
      this.#first++;
    }
    if (this.#first > 1_024 && this.#first * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Says that nobody can go on with a table from before a position. */
  invalidate(table: string, lsn: Lsn): void {
    this.#floors.set(table, lsn);
  }

  /** Says that nobody can go on from before a position. */
  clear(lsn: Lsn): void {
    this.#kept = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#floor = lsn;
  }

  /**
   * Finds what happened to a table behind a position.
   *
   * @returns The transactions; `null` if it no longer has all of them.
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
    return this.#kept.slice(low).flatMap(({ transaction }) =>
      transaction.tables.has(table) ? [transaction] : []
    );
  }
}
