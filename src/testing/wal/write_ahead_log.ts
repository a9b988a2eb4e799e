import type { Lsn } from "../../lsn.ts";
import type { LogRecord } from "./change.ts";

/** The start of a new server's log. */
const START = 0x1000028n as Lsn;
/** Records begin at multiples of this (MAXALIGN). */
const ALIGNMENT = 8n;
const RECORD_HEADER_BYTES = 24;

/** The committed records, in commit order. */
export class WriteAheadLog {
  readonly #records: LogRecord[] = [];
  #end: Lsn = START;
  #first = 0;

  /** The position of the next record. */
  get end(): Lsn {
    return this.#end;
  }

  /**
   * Reserves space for a record.
   *
   * @param bytes Its approximate size.
   * @returns Its start.
   */
  reserve(bytes: number): Lsn {
    const start = this.#end;
    const length = BigInt(RECORD_HEADER_BYTES + bytes);
    this.#end = start +
      (length + ALIGNMENT - 1n) / ALIGNMENT * ALIGNMENT as Lsn;
    return start;
  }

  /** Adds a record, which ends here. */
  push(record: LogRecord): void {
    this.#records.push(record);
  }

  /** The number of the next record. */
  get length(): number {
    return this.#first + this.#records.length;
  }

  /** Returns a record by its number; `undefined` if it does not exist or was discarded. */
  at(index: number): LogRecord | undefined {
    return this.#records[index - this.#first];
  }

  /** Returns the number of the first record that ends after a position. */
  indexAfter(position: Lsn): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#records[middle]!.endLsn <= position) low = middle + 1;
      else high = middle;
    }
    return this.#first + low;
  }

  /** Discards the records that end before a position. */
  removeBefore(position: Lsn): void {
    const count = this.indexAfter(position) - this.#first;
    if (count === 0) return;
    this.#records.splice(0, count);
    this.#first += count;
  }
}
