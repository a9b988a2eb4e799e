import { INVALID_LSN, type Lsn } from "../lsn.ts";
import type { ReplicationEvent } from "./event.ts";
import { type GapEvent, isSameGap } from "./gap.ts";
import type {
  CommitPreparedEvent,
  RollbackPreparedEvent,
} from "./two_phase_event.ts";

/**
 * Remembers what a consumer has been given, and so drops what a new connection sends
 * again: whole transactions that are not confirmed yet, and the beginning of the one in
 * which the old connection broke. A pure data structure.
 *
 * Transactions come in the order of their commits, on every connection the same; within
 * one, the changes come in the same order.
 */
export class Cursor {
  // The transaction that the last event belonged to.
  #commitLsn: Lsn = INVALID_LSN;
  // How many of its changes were given, and whether its commit was.
  #changes = 0;
  #complete = false;
  #messageLsn: Lsn = INVALID_LSN;
  // The gap behind the last event, if there is one.
  #gap: GapEvent | null = null;
  // Where the last outcome of a prepared transaction ended.
  #outcomeEnd: Lsn = INVALID_LSN;

  /**
   * Takes the next events of a connection.
   *
   * @returns Those which the consumer has not been given yet.
   */
  advance(events: readonly ReplicationEvent[]): readonly ReplicationEvent[] {
    // The order being the same, all that follows a new event is new.
    const first = events.findIndex((event) => this.#isNew(event));
    if (first < 0) return [];
    const fresh = first === 0 ? events : events.slice(first);
    for (const event of fresh) this.#note(event);
    return fresh;
  }

  #isNew(event: ReplicationEvent): boolean {
    if (event.kind === "gap") return this.#isNewGap(event);
    if (isOutcome(event)) return event.endLsn > this.#outcomeEnd;
    if (event.transaction === null) return event.lsn > this.#messageLsn;
    const { commitLsn } = event.transaction;
    if (commitLsn !== this.#commitLsn) return commitLsn > this.#commitLsn;
    if (this.#complete || isBegin(event)) return false;
    // What describes a table, and the commit, stand before the change of that number.
    return event.index >= this.#changes;
  }

  // A gap has no place that is the same on every connection, but what is before it has.
  #isNewGap(gap: GapEvent): boolean {
    if (isSameGap(gap, this.#gap)) return false;
    const { transaction, from, to } = gap;
    if (transaction !== null) {
      const { commitLsn } = transaction;
      if (commitLsn !== this.#commitLsn) return commitLsn > this.#commitLsn;
      return !this.#complete && gap.index >= this.#changes;
    }
    // Found before anything else was sent.
    if (to !== null) return true;
    const behind = this.#complete || this.#commitLsn === INVALID_LSN;
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
      this.#messageLsn = event.lsn;
      return;
    }
    this.#commitLsn = event.transaction.commitLsn;
    this.#complete = event.kind === "commit" || event.kind === "prepare";
    const isChange = !this.#complete && !isBegin(event) &&
      event.kind !== "relation";
    this.#changes = event.index + (isChange ? 1 : 0);
  }
}

// These come in the order of their positions, as transactions do, but have no commit
// position that could be compared with those.
function isOutcome(
  event: ReplicationEvent,
): event is CommitPreparedEvent | RollbackPreparedEvent {
  return event.kind === "commitPrepared" || event.kind === "rollbackPrepared";
}

function isBegin({ kind }: ReplicationEvent): boolean {
  return kind === "begin" || kind === "beginPrepare";
}
