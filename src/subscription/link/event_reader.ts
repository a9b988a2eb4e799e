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
  /** Makes events of them. */
  readonly decoder: ChangeDecoder;
  /** Keeps account of them. */
  readonly ledger: Ledger;
  /** Where to end, or `null`. */
  readonly until: Lsn | null;
  /** Told of every notice. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
  /** Whether to go on behind a gap, which is an error otherwise. */
  readonly continuePastGaps: boolean;
  /** The gap that lies before all that the stream brings, if there is one. */
  readonly gap?: Gap | null;
  /** Told of each batch when it has been noted in the ledger. */
  readonly onDecoded?: () => void;
  /** Where the server begins. */
  readonly start?: Lsn;
}

/**
 * Follows one replication stream to its end, and makes batches of events of it. It works
 * when it is asked for the next batch, and not before.
 */
export class EventReader {
  readonly #options: EventReaderOptions;
  readonly #tracker: PositionTracker;
  #messages: MessageSource;
  // Found behind events that have to be delivered first.
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

  /** Has someone told of what is read from now on, who may stop it. */
  observe(observer: StreamObserver): void {
    this.#tracker.observer = observer;
    this.#messages = observer.follow(this.#messages);
  }

  /**
   * Says that the link is lost, and that what has come of it and is not delivered is not to
   * be: it reads on from a source that only tells how the link has ended.
   */
  lose(source: MessageSource): void {
    this.#isLost = true;
    this.#messages = source;
  }

  /** Where it is between two transactions; `null` within one, or where the link is lost. */
  get between(): Lsn | null {
    const isWithin = this.#options.decoder.inTransaction || this.#isLost ||
      this.#gap !== null || this.#failure !== null;
    return isWithin ? null : this.#tracker.position;
  }

  /** Whether the stream ended by itself: nothing of this side has ended it. */
  get isEndedByServer(): boolean {
    return this.#hasReadFailed;
  }

  /** Whether nothing more of the stream is to be delivered, but for an error. */
  get isOver(): boolean {
    return this.#tracker.ended || this.#failure !== null;
  }

  /** The table that was described, if nothing has come behind that. */
  get lastDescribed(): Relation | null {
    return this.#last?.kind === "relation" ? this.#last.relation : null;
  }

  /**
   * How long ago the last transaction had committed when the server sent of it what was
   * read last, in milliseconds, by the server's clock.
   */
  get sendLagMs(): number {
    return this.#sendLagMs;
  }

  /** Ends the stream with an error, behind the events that are here already. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /**
   * Reads on until there are events.
   *
   * @returns At least one event, or none where the observer has it stop; `null` at the
   * end: `until` was reached, or {@linkcode EventReader.drain} has begun.
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

  // Whether the observer wants it to stop here.
  #isDue(): boolean {
    const { observer } = this.#tracker;
    if (observer === null) return false;
    const { between } = this;
    if (between === null || observer.isDue(between)) return between !== null;
    // What kept it from ending may be done.
    this.#tracker.reach(between);
    return false;
  }

  /**
   * Reads what is left of the stream and drops it. To be called when the server has been
   * asked to stop; also ends a {@linkcode EventReader.next} that waits.
   */
  async drain(): Promise<void> {
    this.#tracker.end();
    await this.#messages.drain();
  }

  // The next batch, or null at the end. Once that has been asked for, a link that
  // breaks is an end like any other.
  async #read(): Promise<MessageBatch | null> {
    try {
      return await this.#messages.next();
    } catch (error) {
      if (this.#tracker.ended) return null;
      // Whoever closed the connection for a reason has left it here.
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
    try {
      for (let i = 0; i < batch.length; i++) {
        // Few messages have to wait for anything, and an await for each would cost more
        // than all the rest.
        const pending = this.#push(batch[i]!, events);
        if (pending !== undefined) await pending;
        if (this.#isDue()) {
          this.#tracker.observer?.putBack(batch.slice(i + 1));
          break;
        }
        if (this.#tracker.ended) break;
      }
    } catch (error) {
      this.fail(error);
    }
    this.#tracker.noteLatest();
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

  // Apart, since a function that makes a closure makes room for it in every call.
  async #takeLater(
    decoded: Promise<Decoded>,
    message: XLogData,
    events: ReplicationEvent[],
  ): Promise<void> {
    this.#tracker.take(await decoded, message, events);
  }

  #keepalive({ walEnd }: PrimaryKeepaliveMessage): undefined {
    const { decoder, ledger } = this.#options;
    // Within a transaction the server says how far it is, not what is whole.
    if (decoder.inTransaction) ledger.markDecoded(walEnd);
    else this.#tracker.advance(walEnd);
  }

  #notice(
    notice: PostgresErrorFields,
    events: ReplicationEvent[],
  ): Promise<void> | undefined {
    this.#options.onNotice(notice);
    // From 18 on this is all that the server says while it skips changes. The text is
    // translated; the routine, LoadPublications in pgoutput.c, is not.
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

  // Up to 17 a publication that did not exist at this point of the WAL ends the stream.
  async #explain(error: unknown): Promise<unknown> {
    const stuck = error instanceof PostgresError &&
      error.code === SQLSTATE.UNDEFINED_OBJECT;
    if (!stuck) return error;
    const { stuckStream } = await import("./gaps.ts");
    return stuckStream(error, this.#options.ledger.seen);
  }
}
