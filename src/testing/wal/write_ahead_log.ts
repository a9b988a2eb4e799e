import type { Lsn } from "../../lsn.ts";
import type { LogRecord } from "./change.ts";

/** Where the log of a new server begins. */
const START = 0x1000028n as Lsn;
/** Records begin at multiples of it (MAXALIGN). */
const ALIGNMENT = 8n;
const RECORD_HEADER_BYTES = 24;

/** What was committed, in the order in which it was. */
export class WriteAheadLog {
  readonly #records: LogRecord[] = [];
  #end: Lsn = START;
  #first = 0;

  /** Where the next record goes. */
  get end(): Lsn {
    return this.#end;
  }

  /**
   * Makes room for a record.
   *
   * @param bytes How much it holds, about.
   * @returns Where it begins.
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

  /** The number of the record that will be added next. */
  get length(): number {
    return this.#first + this.#records.length;
  }

  /** A record by its number; `undefined` if there is none, or none any more. */
  at(index: number): LogRecord | undefined {
    return this.#records[index - this.#first];
  }

  /** The number of the first record that ends behind a position. */
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

  /** Forgets the records that end before a position. */
  removeBefore(position: Lsn): void {
    const count = this.indexAfter(position) - this.#first;
    if (count === 0) return;
    this.#records.splice(0, count);
    this.#first += count;
  }
}
