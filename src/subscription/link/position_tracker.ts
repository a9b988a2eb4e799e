import type { Decoded, DecodedStep } from "../../assembly/change_decoder.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import { INVALID_LSN, type Lsn } from "../../lsn.ts";
import type { XLogData } from "../../replication/copy_both_message.ts";
import type { StreamObserver } from "../../snapshot/stream_observer.ts";
import type { Ledger } from "./ledger.ts";

/** Options for a {@linkcode PositionTracker}. */
export interface PositionTrackerOptions {
  /** Records what was received and what is done. */
  readonly ledger: Ledger;
  /** The position at which the stream ends; `null` for a stream without an end. */
  readonly until: Lsn | null;
  /** The position at which the server starts. */
  readonly start?: Lsn;
}

/**
 * Follows the positions of a stream: notes each step in the ledger, passes its event on, and
 * finds the end that was asked for.
 */
export class PositionTracker {
  /** Follows the stream, and may keep it from ending; `null` for nobody. */
  observer: StreamObserver | null = null;
  readonly #options: PositionTrackerOptions;
  #position: Lsn;
  #ended = false;
  // The last message, while its position is still to be noted.
  #latest: XLogData | null = null;

  /** @param options The stream. */
  constructor(options: PositionTrackerOptions) {
    this.#options = options;
    this.#position = options.start ?? INVALID_LSN;
  }

  /** The highest position up to which everything has come. */
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
   * Takes the steps that a message made.
   *
   * @param decoded The steps.
   * @param message The message.
   * @param events Gets their events appended.
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

  /** Notes the position of the last row, which few have to know after each row. */
  noteLatest(): void {
    if (this.#latest === null) return;
    this.#options.ledger.markDecoded(this.#latest.walStart);
    this.#latest = null;
  }

  /** Takes a position outside of any transaction: everything before it has come. */
  advance(lsn: Lsn): void {
    this.#options.ledger.advance(lsn);
    this.reach(lsn);
  }

  /** Ends the stream if everything before its end has come. */
  reach(lsn: Lsn): void {
    const { until } = this.#options;
    if (lsn > this.#position) this.#position = lsn;
    if (until !== null && this.#position >= until && this.#mayEnd) this.end();
  }

  // Notes what a step means for the positions, and delivers its event.
  #takeStep(
    step: DecodedStep,
    message: XLogData,
    events: ReplicationEvent[],
  ): void {
    switch (step.kind) {
      case "transactionBegun":
        if (this.#isAtEnd(step.commitLsn)) this.#ended = true;
        else this.#options.ledger.markDecoded(message.walStart);
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
    ledger.track(end);
    this.reach(end);
  }

  // Whether a transaction that commits here did not commit before `until`.
  #isAtEnd(commitLsn: Lsn): boolean {
    const { until } = this.#options;
    return until !== null && commitLsn >= until && this.#mayEnd;
  }

  get #mayEnd(): boolean {
    return this.observer?.mayEnd !== false;
  }
}
