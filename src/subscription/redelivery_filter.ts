import { INVALID_LSN, type Lsn } from "../lsn.ts";
import type { Relation } from "../events/relation.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { TransactionInfo } from "../events/transaction_info.ts";
import { type GapEvent, isSameGap } from "../events/gap.ts";
import { sameRelation } from "../events/relation.ts";
import type {
  CommitPreparedEvent,
  RollbackPreparedEvent,
} from "../events/two_phase_event.ts";

/** How much of a transaction was delivered. */
interface Progress {
  /** How many of its changes were delivered. */
  changes: number;
  /** Whether its commit was delivered. */
  complete: boolean;
  /** The tables described since its last change. */
  described: readonly Relation[];
}

const NOTHING: Progress = { changes: 0, complete: false, described: [] };

/**
 * Tracks what a consumer has received, and drops what a new connection sends again: whole
 * transactions that are not confirmed yet, and the beginning of the one in which the old
 * connection broke. A pure data structure.
 *
 * Every connection delivers transactions in commit order, and the changes within one in the
 * same order.
 */
export class RedeliveryFilter {
  // The transaction of the last event, late ones aside.
  #commitLsn: Lsn = INVALID_LSN;
  #progress: Progress = { ...NOTHING };
  // Transactions prepared before the slot enabled two_phase, by position: the server sends
  // each when it is committed, out of order. There are few, and no more can appear.
  readonly #late = new Map<Lsn, Progress>();
  // The start position of the connection.
  #start: Lsn = INVALID_LSN;
  #messageLsn: Lsn = INVALID_LSN;
  // The gap after the last event, if there is one.
  #gap: GapEvent | null = null;
  // The end of the last outcome of a prepared transaction.
  #outcomeEnd: Lsn = INVALID_LSN;
  // The events passed on last. They are recorded with the next ones: some may be taken back.
  #passed: readonly ReplicationEvent[] = [];

  /** Starts a connection whose stream begins at this position. */
  resume(start: Lsn): void {
    this.notePassed();
    this.#start = start;
  }

  /**
   * Takes back the last events that {@linkcode RedeliveryFilter.dropDelivered} has returned,
   * because they did not reach the consumer.
   *
   * @param count How many.
   */
  takeBack(count: number): void {
    const kept = Math.max(0, this.#passed.length - count);
    this.#passed = this.#passed.slice(0, kept);
  }

  /**
   * Filters the next events of a connection.
   *
   * @returns The events that the consumer has not received yet.
   */
  dropDelivered(
    events: readonly ReplicationEvent[],
  ): readonly ReplicationEvent[] {
    this.notePassed();
    // Since the order is the same, everything after a new event is new.
    const first = events.findIndex((event) => this.#isNew(event));
    if (first < 0) return [];
    this.#passed = first === 0 ? events : events.slice(first);
    return this.#passed;
  }

  /**
   * Records the events passed on last, which have all reached the consumer, and releases
   * them. Call it before new events are created: an object that is alive when the garbage
   * collector runs costs more than one that is not.
   */
  notePassed(): void {
    const passed = this.#passed;
    this.#passed = [];
    for (let i = 0; i < passed.length; i++) {
      // The last event of a transaction alone tells how much of it was delivered.
      if (!isContinued(passed[i]!, passed[i + 1])) this.#note(passed[i]!);
    }
  }

  #isNew(event: ReplicationEvent): boolean {
    if (event.kind === "gap") return this.#isNewGap(event);
    if (isOutcome(event)) return event.endLsn > this.#outcomeEnd;
    if (event.transaction === null) {
      // Events of a copy are delivered once.
      return event.kind !== "message" || event.lsn > this.#messageLsn;
    }
    const progress = this.#progressOf(event.transaction);
    if (typeof progress === "boolean") return progress;
    if (progress.complete || isBegin(event)) return false;
    // Fewer events may precede it than before: the changes of a prepared transaction that has
    // since been rolled back are not sent again.
    if (isEnd(event)) return true;
    if (event.index < progress.changes) return false;
    // A table's description precedes the change with that number.
    return event.kind !== "relation" ||
      !progress.described.some((relation) =>
        relation.oid === event.relation.oid &&
        sameRelation(relation, event.relation)
      );
  }

  // How much of a transaction was delivered or, if it is not the last one, whether it is new.
  #progressOf(transaction: TransactionInfo): Progress | boolean {
    const { commitLsn } = transaction;
    if (this.#isLate(transaction)) return this.#late.get(commitLsn) ?? true;
    if (commitLsn !== this.#commitLsn) return commitLsn > this.#commitLsn;
    return this.#progress;
  }

  #isLate({ gid, commitLsn }: TransactionInfo): boolean {
    return gid !== undefined && commitLsn < this.#start;
  }

  // A gap's position differs between connections, but what precedes it doesn't.
  #isNewGap(gap: GapEvent): boolean {
    if (isSameGap(gap, this.#gap)) return false;
    const { transaction, from, to } = gap;
    if (transaction !== null) {
      const progress = this.#progressOf(transaction);
      if (typeof progress === "boolean") return progress;
      return !progress.complete && gap.index >= progress.changes;
    }
    // It was found before anything else was sent.
    if (to !== null) return true;
    const behind = this.#progress.complete || this.#commitLsn === INVALID_LSN;
    return behind && from >= this.#commitLsn && from >= this.#messageLsn &&
      from >= this.#outcomeEnd;
  }

  #note(event: ReplicationEvent): void {
    this.#gap = event.kind === "gap" ? event : null;
    if (event.kind === "gap") return;
    if (isOutcome(event)) {
      this.#outcomeEnd = event.endLsn;
      return;
    }
    if (event.transaction === null) {
      if (event.kind === "message") this.#messageLsn = event.lsn;
      return;
    }
    const progress = this.#enter(event.transaction);
    progress.complete = isEnd(event);
    const isRelation = event.kind === "relation";
    const isChange = !progress.complete && !isBegin(event) && !isRelation;
    progress.changes = event.index + (isChange ? 1 : 0);
    progress.described = isRelation
      ? [...progress.described, event.relation]
      : NOTHING.described;
  }

  #enter(transaction: TransactionInfo): Progress {
    const { commitLsn } = transaction;
    if (!this.#isLate(transaction)) {
      this.#commitLsn = commitLsn;
      return this.#progress;
    }
    const progress = this.#late.get(commitLsn) ?? { ...NOTHING };
    this.#late.set(commitLsn, progress);
    return progress;
  }
}

// Like transactions they are ordered by position, but they have no commit position to compare
// with.
function isOutcome(
  event: ReplicationEvent,
): event is CommitPreparedEvent | RollbackPreparedEvent {
  return event.kind === "commitPrepared" || event.kind === "rollbackPrepared";
}

// Whether the next event carries all that this one says about progress.
function isContinued(
  { transaction }: ReplicationEvent,
  next: ReplicationEvent | undefined,
): boolean {
  return transaction !== null && transaction === next?.transaction &&
    next.kind !== "gap" && next.kind !== "relation";
}

function isBegin({ kind }: ReplicationEvent): boolean {
  return kind === "begin" || kind === "beginPrepare";
}

function isEnd({ kind }: ReplicationEvent): boolean {
  return kind === "commit" || kind === "prepare";
}
