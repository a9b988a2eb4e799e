import type { Decoded, DecodedStep } from "../../assembly/change_decoder.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import { INVALID_LSN, type Lsn } from "../../lsn.ts";
import type { XLogData } from "../../replication/copy_both_message.ts";
import type { StreamObserver } from "../../snapshot/stream_observer.ts";
import type { Ledger } from "./ledger.ts";

/** Options for a {@linkcode PositionTracker}. */
export interface PositionTrackerOptions {
  /** Records what was received and what is processed. */
  readonly ledger: Ledger;
  /** The position at which the stream ends; `null` for a stream without an end. */
  readonly until: Lsn | null;
  /** The position at which the server starts. */
  readonly start?: Lsn;
}

/**
 * Tracks the positions of a stream: records each step in the ledger, passes its event on, and
 * detects the requested end.
 */
export class PositionTracker {
  /** Observes the stream, and may keep it from ending; `null` for none. */
  observer: StreamObserver | null = null;
  /** Whether the stream goes on past its end until there is an observer. */
  isHeld = false;
  readonly #options: PositionTrackerOptions;
  #position: Lsn;
  #ended = false;
  // The last message, if its position is still to be recorded.
  #latest: XLogData | null = null;

  /** @param options The stream. */
  constructor(options: PositionTrackerOptions) {
    this.#options = options;
    this.#position = options.start ?? INVALID_LSN;
  }

  /** The highest position up to which everything has arrived. */
  get position(): Lsn {
    return this.#position;
  }

  /** Whether the stream is at its end. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Ends the stream here. */
  end(): void {
    this.#ended = true;
  }

  /**
   * Records the steps decoded from a message.
   *
   * @param decoded The steps.
   * @param message The message.
   * @param events The array to which their events are appended.
   */
  take(
    decoded: Decoded,
    message: XLogData,
    events: ReplicationEvent[],
  ): void {
    if (decoded === null) {
      this.#latest = message;
      return;
    }
    if (!Array.isArray(decoded)) {
      return this.#takeStep(decoded as DecodedStep, message, events);
    }
    for (const step of decoded) {
      this.#takeStep(step, message, events);
      if (this.#ended) return;
    }
  }

  /** Records the position of the last row, which need not happen after each row. */
  noteLatest(): void {
    if (this.#latest === null) return;
    this.#options.ledger.markDecoded(this.#latest.walStart);
    this.#latest = null;
  }

  /** Records a position outside of transactions: everything before it has arrived. */
  advance(lsn: Lsn): void {
    this.#options.ledger.advance(lsn);
    this.reach(lsn);
  }

  /** Ends the stream if everything before its end has arrived. */
  reach(lsn: Lsn): void {
    const { until } = this.#options;
    if (lsn > this.#position) this.#position = lsn;
    if (until !== null && this.#position >= until && this.#mayEnd) this.end();
  }

  // Records the effect of a step on the positions, and delivers its event.
  #takeStep(
    step: DecodedStep,
    message: XLogData,
    events: ReplicationEvent[],
  ): void {
    switch (step.kind) {
      // The events that occur in millions are checked first.
      case "insert":
      case "update":
      case "delete":
        break;
      case "transactionBegun":
        if (this.#isAtEnd(step.commitLsn)) this.#ended = true;
        else {
          this.#options.ledger.markDecoded(message.walStart);
          this.#options.ledger.begin(step.commitTime);
        }
        return;
      case "emptyTransaction":
        // Nobody can acknowledge it.
        return this.advance(step.endLsn);
      case "commit":
      case "prepare": {
        const { endLsn, transaction: { commitTime } } = step;
        events.push(step);
        this.#options.ledger.track(endLsn, commitTime);
        this.observer?.commit(step);
        return this.reach(endLsn);
      }
      case "commitPrepared":
      case "rollbackPrepared":
        return this.#takeStandalone(step, step.endLsn, message, events);
      case "message":
        if (step.transaction !== null) break;
        return this.#takeStandalone(step, step.lsn, message, events);
    }
    this.#latest = message;
    events.push(step);
    if (this.observer === null) return;
    if (step.kind === "begin" || step.kind === "beginPrepare") return;
    this.observer.change(message, step);
  }

  // Delivers an event outside of any transaction, which is a unit of its own.
  #takeStandalone(
    event: ReplicationEvent,
    end: Lsn,
    message: XLogData,
    events: ReplicationEvent[],
  ): void {
    const { until, ledger } = this.#options;
    if (until !== null && end > until && this.#mayEnd) {
      this.#ended = true;
      return;
    }
    events.push(event);
    ledger.markDecoded(message.walStart);
    ledger.track(end, null, message.sendTime);
    this.reach(end);
  }

  // Whether a transaction that commits here did not commit before `until`.
  #isAtEnd(commitLsn: Lsn): boolean {
    const { until } = this.#options;
    return until !== null && commitLsn >= until && this.#mayEnd;
  }

  get #mayEnd(): boolean {
    return this.observer?.mayEnd ?? !this.isHeld;
  }
}
