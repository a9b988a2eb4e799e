import type { Lsn } from "../../lsn.ts";
import type { UnixMicros } from "../../timestamp.ts";

/** A unit of acknowledgement: a transaction or a message outside of one. */
interface Entry {
  /** The end position. */
  readonly end: Lsn;
  /** The position that may be confirmed once this entry and all before it are processed. */
  confirms: Lsn;
  done: boolean;
  /** When it was committed or, for a message, sent; `null` for a gap. */
  readonly since: UnixMicros | null;
}

// How many confirmed entries to keep before releasing their memory.
const MAX_CONFIRMED_ENTRIES = 1_000;

/**
 * Tracks what was received and what is processed, and therefore which position may be
 * confirmed: the highest below which everything is processed. A pure data structure.
 *
 * Units arrive in the order of their end positions and may be processed in any order.
 */
export class Ledger {
  // In the order received, which is that of the end positions; all before #head are
  // confirmed.
  #entries: Entry[] = [];
  #head = 0;
  #last: Entry | null = null;
  #lastEnd: Lsn;
  #confirmed: Lsn;
  #seen: Lsn;
  #received: Lsn;
  #start: Lsn;
  // The commit time of the transaction that has begun and is not tracked yet.
  #open: UnixMicros | null = null;
  // The places of units that end before the start of their connection, by end position.
  readonly #late = new Map<Lsn, Lsn>();

  /** @param start The position up to which everything is already processed. */
  constructor(start: Lsn) {
    this.#confirmed = start;
    this.#seen = start;
    this.#received = start;
    this.#lastEnd = start;
    this.#start = start;
  }

  /** The highest position below which everything is processed. */
  get confirmed(): Lsn {
    return this.#confirmed;
  }

  /** The highest position that has arrived, whether decoded or not. */
  get received(): Lsn {
    return this.#received;
  }

  /** The highest decoded position: everything before it is recorded. */
  get seen(): Lsn {
    return this.#seen;
  }

  /** The end position of the last unit received. */
  get lastEnd(): Lsn {
    return this.#lastEnd;
  }

  /** The number of units that were received and are not confirmed. */
  get pending(): number {
    return this.#entries.length - this.#head;
  }

  /**
   * The commit time of the oldest unconfirmed unit, including a transaction whose end has not
   * arrived; `null` if there is none.
   */
  get oldestTime(): UnixMicros | null {
    for (let i = this.#head; i < this.#entries.length; i++) {
      const { since } = this.#entries[i]!;
      if (since !== null) return since;
    }
    return this.#open;
  }

  /**
   * Records that a transaction has begun. If the connection is lost, it remains the current
   * transaction until another one begins or ends.
   *
   * @param commitTime Its commit time.
   */
  begin(commitTime: UnixMicros): void {
    this.#open = commitTime;
  }

  /** Records that WAL up to this position has arrived, to be decoded later. */
  markReceived(lsn: Lsn): void {
    if (lsn > this.#received) this.#received = lsn;
  }

  /** Records that WAL up to this position has been decoded. */
  markDecoded(lsn: Lsn): void {
    if (lsn > this.#seen) this.#seen = lsn;
    this.markReceived(lsn);
  }

  /**
   * Records a received unit, which ends here and must be acknowledged. A unit that an earlier
   * connection delivered stays unchanged.
   *
   * @param endLsn Its end position.
   * @param commitTime Its commit time; `null` for a message.
   * @param since When it was committed or sent, for the lag.
   */
  track(
    endLsn: Lsn,
    commitTime: UnixMicros | null = null,
    since: UnixMicros | null = commitTime,
  ): void {
    this.#open = null;
    this.markDecoded(endLsn);
    // A transaction prepared before the slot enabled two_phase is sent when it is committed,
    // before that position, and is given a place there.
    const isLate = commitTime !== null && endLsn <= this.#start;
    if (isLate && !this.#late.has(endLsn)) {
      this.#late.set(endLsn, (this.#lastEnd + 1n) as Lsn);
    }
    const end = this.#placeOf(endLsn);
    if (end <= this.#lastEnd) return;
    this.#lastEnd = end;
    this.#last = { end, confirms: endLsn, done: false, since };
    this.#entries.push(this.#last);
  }

  /** Records the start position; everything before it is processed, except gaps. */
  start(start: Lsn): void {
    this.#start = start;
    const open = this.#open;
    this.advance(start);
    this.#open = open;
  }

  /**
   * Records that everything up to here has arrived, with nothing to acknowledge after the
   * last unit: an empty transaction, or a keepalive outside of transactions.
   */
  advance(lsn: Lsn): void {
    this.#open = null;
    this.markDecoded(lsn);
    if (this.#last !== null) {
      if (lsn > this.#last.confirms) this.#last.confirms = lsn;
    } else if (lsn > this.#confirmed) {
      this.#confirmed = lsn;
    }
  }

  /**
   * Marks the unit that ends here as processed.
   *
   * @returns Whether there is such a unit that was not confirmed yet.
   */
  acknowledge(endLsn: Lsn): boolean {
    const entry = this.#find(this.#placeOf(endLsn));
    if (entry === undefined) return false;
    entry.done = true;
    this.#confirmDone();
    return true;
  }

  #placeOf(endLsn: Lsn): Lsn {
    // Looking up a bigint in a map is slow, even if the map is empty.
    if (this.#late.size === 0) return endLsn;
    return this.#late.get(endLsn) ?? endLsn;
  }

  // It is almost always the first unconfirmed one.
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

  #confirmDone(): void {
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
    } else if (
      this.#head > MAX_CONFIRMED_ENTRIES && this.#head * 2 > entries.length
    ) {
      this.#entries = entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /**
   * Starts a new connection, which sends everything unconfirmed again. Units received from
   * the previous connection remain to be acknowledged.
   */
  resume(): void {
    this.#seen = this.#confirmed;
    this.#received = this.#confirmed;
  }
}
