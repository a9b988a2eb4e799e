import type { Lsn } from "../../lsn.ts";
import type { UnixMicros } from "../../timestamp.ts";

/** A unit of acknowledgement: a transaction or a message outside of one. */
interface Entry {
  /** Where it ends. */
  readonly end: Lsn;
  /** What may be confirmed once this entry and all before it are done. */
  confirms: Lsn;
  done: boolean;
  /** When the transaction committed; `null` for a message. */
  readonly commitTime: UnixMicros | null;
}

// How many may stay that are confirmed, before their memory is given back.
const MOST_SETTLED = 1_000;

/**
 * Keeps account of what was received and what is done, and so which position may be
 * confirmed: the highest below which everything is done. A pure data structure.
 *
 * Units come in the order of their end positions; they may be done in any order.
 */
export class Ledger {
  // In the order received, which is that of their ends; all before #head are confirmed.
  #entries: Entry[] = [];
  #head = 0;
  #last: Entry | null = null;
  #lastEnd: Lsn;
  #confirmed: Lsn;
  #seen: Lsn;
  #received: Lsn;
  #start: Lsn;
  // Where units stand that end before their connection has begun, by their ends.
  readonly #late = new Map<Lsn, Lsn>();

  /** @param start Everything up to here is done already. */
  constructor(start: Lsn) {
    this.#confirmed = start;
    this.#seen = start;
    this.#received = start;
    this.#lastEnd = start;
    this.#start = start;
  }

  /** The highest position below which everything is done. */
  get confirmed(): Lsn {
    return this.#confirmed;
  }

  /** The highest position that has arrived, looked at or not. */
  get received(): Lsn {
    return this.#received;
  }

  /** The highest position that was looked at: what lies before it is accounted for. */
  get seen(): Lsn {
    return this.#seen;
  }

  /** Where the last unit ends that was received. */
  get lastEnd(): Lsn {
    return this.#lastEnd;
  }

  /** How many units were received and are not confirmed. */
  get pending(): number {
    return this.#entries.length - this.#head;
  }

  /** When the oldest transaction committed that is not confirmed, if there is one. */
  get oldestCommitTime(): UnixMicros | null {
    for (let i = this.#head; i < this.#entries.length; i++) {
      const { commitTime } = this.#entries[i]!;
      if (commitTime !== null) return commitTime;
    }
    return null;
  }

  /** Notes that WAL up to here has arrived, which is to be looked at later. */
  markReceived(lsn: Lsn): void {
    if (lsn > this.#received) this.#received = lsn;
  }

  /** Notes that WAL up to here has come and is accounted for. */
  markDecoded(lsn: Lsn): void {
    if (lsn > this.#seen) this.#seen = lsn;
    this.markReceived(lsn);
  }

  /**
   * Notes a unit that was received, which ends here and is to be acknowledged. One that
   * an earlier connection brought already stays as it is.
   *
   * @param endLsn Where it ends.
   * @param commitTime When it committed; `null` for a message.
   */
  track(endLsn: Lsn, commitTime: UnixMicros | null = null): void {
    this.markDecoded(endLsn);
    // What was prepared before the slot told of that comes when it is committed, before
    // that end of it, and is given a place there.
    const isLate = commitTime !== null && endLsn <= this.#start;
    if (isLate && !this.#late.has(endLsn)) {
      this.#late.set(endLsn, (this.#lastEnd + 1n) as Lsn);
    }
    const end = this.#placeOf(endLsn);
    if (end <= this.#lastEnd) return;
    this.#lastEnd = end;
    this.#last = { end, confirms: endLsn, done: false, commitTime };
    this.#entries.push(this.#last);
  }

  /** Notes where the server begins, all before which is done but for gaps. */
  start(start: Lsn): void {
    this.#start = start;
    this.advance(start);
  }

  /**
   * Notes that all up to here has come, and none of it after the last unit is to be
   * acknowledged: an empty transaction, or a keepalive outside of any.
   */
  advance(lsn: Lsn): void {
    this.markDecoded(lsn);
    if (this.#last !== null) {
      if (lsn > this.#last.confirms) this.#last.confirms = lsn;
    } else if (lsn > this.#confirmed) {
      this.#confirmed = lsn;
    }
  }

  /**
   * Marks the unit that ends here as done.
   *
   * @returns Whether there is such a unit that is not confirmed yet.
   */
  acknowledge(endLsn: Lsn): boolean {
    const entry = this.#find(this.#placeOf(endLsn));
    if (entry === undefined) return false;
    entry.done = true;
    this.#settle();
    return true;
  }

  #placeOf(endLsn: Lsn): Lsn {
    // To look for a bigint in a map takes long, even if the map is empty.
    if (this.#late.size === 0) return endLsn;
    return this.#late.get(endLsn) ?? endLsn;
  }

  // Nearly always it is the first that is not confirmed.
  #find(endLsn: Lsn): Entry | undefined {
    const entries = this.#entries;
    let from = this.#head;
    let to = entries.length;
    for (let at = from; from < to; at = (from + to) >> 1) {
      const entry = entries[at]!;
      if (entry.end === endLsn) return entry;
      if (entry.end < endLsn) from = at + 1;
      else to = at;
    }
    return undefined;
  }

  #settle(): void {
    const entries = this.#entries;
    while (this.#head < entries.length) {
      const { done, confirms } = entries[this.#head]!;
      if (!done) break;
      this.#head++;
      if (confirms > this.#confirmed) this.#confirmed = confirms;
    }
    if (this.#head === entries.length) {
      this.#last = null;
      entries.length = 0;
      this.#head = 0;
    } else if (this.#head > MOST_SETTLED && this.#head * 2 > entries.length) {
      this.#entries = entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /**
   * Begins a new connection, which sends everything again that is not confirmed. What
   * was received from the one before stays to be acknowledged.
   */
  resume(): void {
    this.#seen = this.#confirmed;
    this.#received = this.#confirmed;
  }
}
