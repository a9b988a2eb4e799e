import {
  ConnectionError,
  PostgresError,
  type PostgresErrorFields,
  SubscriptionError,
} from "../../errors.ts";
import * as SQLSTATE from "../../sqlstate.ts";
import type { Lsn } from "../../lsn.ts";
import type { StreamObserver } from "../../snapshot/stream_observer.ts";
import type {
  MessageBatch,
  MessageSource,
} from "../../reassembly/message_source.ts";
import type {
  CopyBothMessage,
  PrimaryKeepaliveMessage,
  XLogData,
} from "../../replication/copy_both_message.ts";
import type { ChangeDecoder, Decoded } from "../../assembly/change_decoder.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { Relation } from "../../events/relation.ts";
import { type Gap, gapEnd } from "../../events/gap.ts";
import type { Ledger } from "./ledger.ts";
import { PositionTracker } from "./position_tracker.ts";

/** Options for a {@linkcode EventReader}. */
export interface EventReaderOptions {
  /** The messages of one connection. */
  readonly messages: MessageSource;
  /** Turns messages into events. */
  readonly decoder: ChangeDecoder;
  /** Tracks the positions. */
  readonly ledger: Ledger;
  /** The end position, or `null`. */
  readonly until: Lsn | null;
  /** Called with every notice. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
  /** Whether to continue after a gap; otherwise a gap is an error. */
  readonly continuePastGaps: boolean;
  /** The gap before everything that the stream delivers, if there is one. */
  readonly gap?: Gap | null;
  /** Called with each batch after the ledger has recorded it. */
  readonly onDecoded?: () => void;
  /** The position where the server starts. */
  readonly start?: Lsn;
}

/**
 * Reads one replication stream to its end, and turns it into batches of events. It reads only
 * while the next batch is requested.
 */
export class EventReader {
  readonly #options: EventReaderOptions;
  readonly #tracker: PositionTracker;
  #messages: MessageSource;
  // Found after events that must be delivered first.
  #failure: { readonly error: unknown } | null = null;
  #isLost = false;
  #gap: Gap | null;
  #last: ReplicationEvent | null = null;
  #hasReadFailed = false;
  #sendLagMs = 0;

  /** @param options The stream, and what to do with it. */
  constructor(options: EventReaderOptions) {
    this.#options = options;
    this.#gap = options.gap ?? null;
    this.#tracker = new PositionTracker(options);
    this.#messages = options.messages;
  }

  /** Keeps the stream from ending at `until` before it has an observer. */
  hold(): void {
    this.#tracker.isHeld = true;
  }

  /** Sets the observer of what is read from now on, which may stop the reader. */
  observe(observer: StreamObserver): void {
    this.#tracker.observer = observer;
    this.#messages = observer.follow(this.#messages);
  }

  /**
   * Discards everything from the lost link that has not been delivered. Reading continues
   * from a source that only reports how the link ended.
   */
  lose(source: MessageSource): void {
    this.#isLost = true;
    this.#messages = source;
  }

  /** The position, if it is between two transactions; `null` otherwise, or on a lost link. */
  get between(): Lsn | null {
    const isWithin = this.#options.decoder.inTransaction || this.#isLost ||
      this.#gap !== null || this.#failure !== null;
    return isWithin ? null : this.#tracker.position;
  }

  /** Whether the server ended the stream, rather than this side. */
  get isEndedByServer(): boolean {
    return this.#hasReadFailed;
  }

  /** Whether nothing but an error remains to be delivered. */
  get isOver(): boolean {
    return this.#tracker.ended || this.#failure !== null;
  }

  /** The table that was described last, if nothing has followed its description. */
  get lastDescribed(): Relation | null {
    return this.#last?.kind === "relation" ? this.#last.relation : null;
  }

  /**
   * The age of the last transaction when the server sent what was read last, in milliseconds,
   * by the server's clock.
   */
  get sendLagMs(): number {
    return this.#sendLagMs;
  }

  /** Ends the stream with an error, after the events that have already arrived. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /**
   * Reads until there are events.
   *
   * @returns At least one event, or none if the observer stops the reader; `null` at the end:
   * `until` was reached, or {@linkcode EventReader.drain} was called.
   */
  async next(): Promise<readonly ReplicationEvent[] | null> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure.error;
      if (this.#gap !== null) return [await this.#takeGap(this.#gap)];
      if (this.#tracker.ended) return null;
      if (this.#isDue()) return [];
      if (this.#tracker.ended) return null;
      const batch = await this.#read();
      if (this.#tracker.ended) return null;
      if (batch === null) {
        throw new ConnectionError("The server ended the replication stream");
      }
      const events = await this.#decode(batch);
      if (events.length > 0) return events;
    }
  }

  // Whether the observer stops the reader here.
  #isDue(): boolean {
    const { observer } = this.#tracker;
    if (observer === null) return false;
    const { between } = this;
    if (between === null || observer.isDue(between)) return between !== null;
    // The condition that kept it from ending may have changed.
    this.#tracker.reach(between);
    return false;
  }

  /**
   * Reads and discards the rest of the stream. Call it after asking the server to stop; it
   * also ends a pending {@linkcode EventReader.next}.
   */
  async drain(): Promise<void> {
    this.#tracker.end();
    await this.#messages.drain();
  }

  // The next batch, or null at the end. After an end was requested, a broken link counts as
  // the end.
  async #read(): Promise<MessageBatch | null> {
    try {
      return await this.#messages.next();
    } catch (error) {
      if (this.#tracker.ended) return null;
      // The reason for which the connection was closed, if any, is stored here.
      if (this.#failure !== null) throw this.#failure.error;
      this.#hasReadFailed = true;
      throw await this.#explain(error);
    }
  }

  async #takeGap(gap: Gap): Promise<ReplicationEvent> {
    this.#gap = null;
    const { gapEvent } = await import("./gaps.ts");
    return gapEvent(gap, null);
  }

  async #decode(
    batch: MessageBatch,
  ): Promise<ReplicationEvent[]> {
    const events: ReplicationEvent[] = [];
    const tracker = this.#tracker;
    try {
      for (let i = 0; i < batch.length; i++) {
        // Few messages need to wait for anything, and an await for each would cost more than
        // all the rest.
        const pending = this.#push(batch[i]!, events);
        if (pending !== undefined) await pending;
        if (tracker.observer !== null && this.#isDue()) {
          tracker.observer.putBack(batch.slice(i + 1));
          break;
        }
        if (tracker.ended) break;
      }
    } catch (error) {
      this.fail(error);
    }
    tracker.noteLatest();
    this.#last = events.at(-1) ?? this.#last;
    const message = batch.at(-1);
    const transaction = events.at(-1)?.transaction;
    if (message?.kind === "XLogData" && transaction) {
      const lag = message.sendTime - transaction.commitTime;
      this.#sendLagMs = Number(lag) / 1000;
    }
    this.#options.onDecoded?.();
    return events;
  }

  #push(
    message: CopyBothMessage,
    events: ReplicationEvent[],
  ): Promise<void> | undefined {
    switch (message.kind) {
      case "XLogData":
        return this.#xlogData(message, events);
      case "PrimaryKeepaliveMessage":
        return this.#keepalive(message);
      case "NoticeResponse":
        return this.#notice(message.fields, events);
    }
  }

  #xlogData(
    message: XLogData,
    events: ReplicationEvent[],
  ): Promise<void> | undefined {
    const decoded = this.#options.decoder.push(message);
    if (decoded instanceof Promise) {
      return this.#takeLater(decoded, message, events);
    }
    this.#tracker.take(decoded, message, events);
    return;
  }

  // Separate, since a function that creates a closure allocates its context on every call.
  async #takeLater(
    decoded: Promise<Decoded>,
    message: XLogData,
    events: ReplicationEvent[],
  ): Promise<void> {
    this.#tracker.take(await decoded, message, events);
  }

  #keepalive({ walEnd }: PrimaryKeepaliveMessage): undefined {
    const { decoder, ledger } = this.#options;
    // Within a transaction the position tells what was sent, not what is complete.
    if (decoder.inTransaction) ledger.markDecoded(walEnd);
    else this.#tracker.advance(walEnd);
  }

  #notice(
    notice: PostgresErrorFields,
    events: ReplicationEvent[],
  ): Promise<void> | undefined {
    this.#options.onNotice(notice);
    // From PostgreSQL 18 on this is the only sign of skipped changes. The text is translated;
    // the routine, LoadPublications in pgoutput.c, is not.
    const skipped = notice.code === SQLSTATE.OBJECT_NOT_IN_PREREQUISITE_STATE &&
      notice.routine === "LoadPublications";
    return skipped ? this.#skip(notice, events) : undefined;
  }

  async #skip(
    notice: PostgresErrorFields,
    events: ReplicationEvent[],
  ): Promise<void> {
    const { gapEvent, skippedChanges } = await import("./gaps.ts");
    this.#tracker.noteLatest();
    const { ledger, continuePastGaps } = this.#options;
    const gap = skippedChanges(notice, ledger.seen);
    if (!continuePastGaps) throw new SubscriptionError(gap.reason, gap.message);
    events.push(gapEvent(gap, events.at(-1) ?? this.#last));
    ledger.track(gapEnd(gap));
  }

  // Up to PostgreSQL 17 a publication that did not exist at this point of the WAL ends the
  // stream.
  async #explain(error: unknown): Promise<unknown> {
    const stuck = error instanceof PostgresError &&
      error.code === SQLSTATE.UNDEFINED_OBJECT;
    if (!stuck) return error;
    const { stuckStream } = await import("./gaps.ts");
    return stuckStream(error, this.#options.ledger.seen);
  }
}
