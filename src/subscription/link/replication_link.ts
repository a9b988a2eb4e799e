import { ConnectionError } from "../../errors.ts";
import type { Lsn } from "../../lsn.ts";
import type { MessageBatch } from "../../reassembly/message_source.ts";
import { viewCopyBothMessage } from "../../replication/copy_both_message.ts";
import { serverMajor } from "../../replication/server_major.ts";
import { encodeStandbyStatusUpdate } from "../../replication/standby_status_update.ts";
import type { SnapshotCoordinator } from "../../snapshot/coordinator.ts";
import type { SnapshotState } from "../../snapshot/progress/snapshot_state.ts";
import { within } from "../../deadline.ts";
import {
  type Checkpoint,
  checkpointOf,
  type SystemIdentity,
} from "../../preflight/checkpoint.ts";
import type { AcknowledgedUnit } from "../../events/acknowledged_by.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import { DelayedMonitor } from "./delayed_monitor.ts";
import { EventReader } from "./event_reader.ts";
import { gapEnd } from "../../events/gap.ts";
import { Ledger } from "./ledger.ts";
import type { LinkEnding } from "./link_ending.ts";
import type { LinkParts } from "./link_parts.ts";
import type { BufferingSource } from "./translated_plugin.ts";
import type { LinkFacts, ServerPosition } from "../progress/link_facts.ts";
import { ReadAhead } from "./read_ahead.ts";
import { reportIntervals } from "../../feedback/status_report.ts";
import { StatusReporter } from "../../feedback/status_reporter.ts";

/** How long {@linkcode ReplicationLink.close} waits for the server. */
const CLOSE_DEADLINE_MS = 2_000;
/** How often to ask an idle server whether it has reached `until`. */
const ASK_INTERVAL_MS = 100;

/** One streaming connection, until its end. {@linkcode openLink} creates it. */
export class ReplicationLink {
  /** The record of what was received. */
  readonly ledger: Ledger;
  /** The position where the server starts. */
  readonly start: Lsn;
  /** The end position, or `null`. */
  readonly until: Lsn | null;
  /** The server at the other end. */
  readonly system: SystemIdentity;
  /** Whether the server is known to crash with this output plugin. */
  readonly isCrashProne: boolean;
  /**
   * Settles when the connection breaks off, if a checkpoint is stored. Everything received
   * but not delivered is then dropped: another process may have delivered it.
   */
  readonly lost: Promise<void>;
  readonly #openedAt = performance.now();
  #brokeOff = false;
  // How many messages have arrived, excluding keepalives.
  #received = 0;
  readonly #parts: LinkParts;
  readonly #readAhead: ReadAhead;
  readonly #messages: BufferingSource;
  readonly #events: EventReader;
  readonly #reporter: StatusReporter;
  readonly #monitor: DelayedMonitor;
  readonly #snapshot: SnapshotState | undefined;
  #copy: SnapshotCoordinator | null = null;
  #server: ServerPosition;

  /** @param parts A started stream, and what belongs to it. */
  constructor(parts: LinkParts) {
    const { plan, progress, session, found } = parts;
    const { gap, start, walEnd } = found;
    const reported = gap?.from ?? start;
    this.#parts = parts;
    this.ledger = progress.ledger ?? new Ledger(reported);
    if (gap !== null) this.ledger.track(gapEnd(gap));
    this.ledger.start(start);
    this.start = start;
    this.until = progress.until === "now" ? walEnd : progress.until;
    this.system = found.system;
    const major = serverMajor(session.parameters);
    this.isCrashProne = plan.plugin?.isCrashProne(major) ?? false;
    this.#server = { lsn: walEnd, at: this.#openedAt };
    this.#snapshot = progress.checkpoint?.snapshot;
    this.#reporter = this.#createReporter(reported);
    let lose = () => {};
    this.lost = new Promise((resolve) => lose = resolve);
    this.#readAhead = this.#createReadAhead(lose);
    this.#messages =
      plan.bufferTransactions?.(this.#readAhead, plan.buffering) ??
        this.#readAhead;
    this.#events = this.#createEventReader();
    this.#monitor = new DelayedMonitor(parts, this);
    this.#reporter.start();
    if (progress.copy !== null) this.observe(progress.copy);
  }

  #createReporter(reportedFlush: Lsn): StatusReporter {
    const { plan, found, stream } = this.#parts;
    return new StatusReporter({
      send: ({ write, flush }, replyRequested) => {
        if (replyRequested) this.#monitor.started?.markRequest();
        const update = { write, flush, apply: flush, replyRequested };
        return stream.send(encodeStandbyStatusUpdate(update)).catch((error) => {
          // The link has ended, although more may remain to be read.
          if (plan.store !== null) {
            this.leave("The server has closed the connection");
          }
          throw error;
        });
      },
      save: (flush) => this.#save(flush),
      positions: () => this.ledger,
      hasNews: () => this.#copy?.hasNews(this.ledger.confirmed) ?? false,
      wantsReply: () => this.#wantsReply(),
      intervals: reportIntervals(
        found.walSenderTimeoutMs,
        this.until === null ? undefined : ASK_INTERVAL_MS,
      ),
      reportedFlush,
      isAwaited: found.synchronous !== null,
    });
  }

  #createReadAhead(lose: () => void): ReadAhead {
    const { plan, stream } = this.#parts;
    const onLoss = () => {
      if (this.#events.isOver) return;
      this.#events.lose(this.#readAhead);
      lose();
    };
    return new ReadAhead({
      // No stream in between: each would add time to every event.
      read: () => stream.next(viewCopyBothMessage),
      receivedAt: () => stream.receivedAt,
      onArrival: (batch) => this.#arrive(batch),
      onLoss: plan.store === null ? undefined : onLoss,
    });
  }

  #createEventReader(): EventReader {
    const { plan, progress, found } = this.#parts;
    // Saving a position costs work, and may cause a write that triggers the next keepalive.
    const isIdleNews = found.synchronous !== null || plan.store === null;
    return new EventReader({
      messages: this.#messages,
      decoder: progress.decoder,
      ledger: this.ledger,
      until: this.until,
      onNotice: plan.onNotice,
      continuePastGaps: plan.continuePastGaps,
      gap: found.gap,
      onDecoded: () => {
        const isNews = this.ledger.confirmed > this.#reporter.reportedFlush;
        if (isIdleNews && isNews) this.#reporter.reportSoon();
      },
      start: found.start,
    });
  }

  /** Keeps the stream from ending before {@linkcode ReplicationLink.observe}. */
  hold(): void {
    this.#events.hold();
  }

  /** Sets the coordinator that copies tables between two transactions. */
  observe(copy: SnapshotCoordinator): void {
    this.#copy = copy;
    this.#events.observe(copy);
    copy.attach({
      start: this.start,
      isBinary: this.#parts.isBinary,
      ask: () => this.#reporter.requestReply(),
    });
  }

  /** The stream's position, if it is between two transactions; `null` within one. */
  get between(): Lsn | null {
    return this.#events.between;
  }

  /** Every ParameterStatus that the server sent at login. */
  get parameters(): ReadonlyMap<string, string> {
    return this.#parts.session.parameters;
  }

  /** The walsender's process id. */
  get processId(): number {
    return this.#parts.session.processId;
  }

  /** The facts from which the lag is measured. */
  get facts(): LinkFacts {
    const { lsn, at } = this.#server;
    return {
      server: { lsn, at: Math.max(at, this.#parts.stream.receivedAt) },
      unreadSince: this.#readAhead.unreadSince,
      isReading: this.silentMs !== null,
      downSince: this.#readAhead.endedAt,
      receivedBytes: this.#parts.stream.receivedBytes,
    };
  }

  /** How long a read has waited without a byte, in milliseconds; `null` if none is pending. */
  get silentMs(): number | null {
    return this.#readAhead.silentMs;
  }

  /** The age of the last transaction when the server sent it, in milliseconds. */
  get sendLagMs(): number {
    return this.#events.sendLagMs;
  }

  /** Asks the server for its current position. */
  requestReply(): void {
    this.#reporter.requestReply();
  }

  /** Reads until there are events; `null` at the end. */
  next(): Promise<readonly ReplicationEvent[] | null> {
    return this.#events.next();
  }

  /** Requests a status report soon: something was acknowledged. */
  reportSoon(): void {
    this.#reporter.reportSoon();
  }

  /**
   * Reports the confirmed position, ends the stream and closes the connection, within a few
   * seconds. If the link is broken, it only closes the connection.
   */
  async close(): Promise<void> {
    const stopped = this.#monitor.stop();
    this.#reporter.stop();
    await within(CLOSE_DEADLINE_MS, async () => {
      await this.#reporter.flush();
      await this.#parts.stream.finish();
      await this.#events.drain();
    });
    this.#brokeOff ||= this.#readAhead.failure instanceof ConnectionError &&
      !this.#parts.stream.isComplete;
    await this.#parts.session.close();
    // Reading may be paused, and nobody takes anything any more.
    void this.#readAhead.drain();
    await this.#messages.close?.();
    await stopped;
  }

  /** Closes the connection for a reason, which the consumer gets after all that has arrived. */
  leave(reason: string): void {
    void this.#monitor.stop();
    this.#readAhead.fail(new ConnectionError(reason));
    void this.#parts.session.close();
  }

  /** How it ended; known once it is closed. */
  get ending(): LinkEnding {
    const endedAt = this.#readAhead.endedAt ?? performance.now();
    return {
      start: this.start,
      messages: this.#received,
      lifetimeMs: endedAt - this.#openedAt,
      isByServer: this.#events.isEndedByServer,
      brokeOff: this.#brokeOff,
      table: this.#events.lastDescribed,
    };
  }

  /** The consumer's position on this server. */
  get checkpoint(): Checkpoint {
    return this.#checkpointAt(this.ledger.confirmed);
  }

  /** Returns the checkpoint to store once everything up to the end of a unit is processed. */
  checkpointAfter(unit: AcknowledgedUnit): Checkpoint {
    const isLsn = typeof unit === "bigint";
    const lsn = isLsn ? unit : unit.lsn;
    const snapshot = this.#copy?.progress.stateAfter(lsn, isLsn ? null : unit);
    return checkpointOf(lsn, this.system, snapshot ?? this.#snapshot);
  }

  #checkpointAt(lsn: Lsn): Checkpoint {
    const snapshot = this.#copy?.progress.stateAt(lsn) ?? this.#snapshot;
    return checkpointOf(lsn, this.system, snapshot);
  }

  async #save(flush: Lsn): Promise<void> {
    try {
      const checkpoint = this.#checkpointAt(flush);
      await this.#parts.plan.store?.save(checkpoint);
      this.#copy?.markSaved(checkpoint.snapshot);
    } catch (error) {
      // The server must not discard what the store may not have recorded.
      this.leave(`Cannot keep the position: ${error}`);
      this.#events.fail(error);
      throw error;
    }
  }

  // The server gets its answer regardless of what the consumer is doing.
  #arrive(batch: MessageBatch): void {
    this.#received += batch.length;
    for (const message of batch) {
      if (message.kind !== "PrimaryKeepaliveMessage") continue;
      this.#received--;
      this.ledger.markReceived(message.walEnd);
      this.#server = { lsn: message.walEnd, at: performance.now() };
      this.#monitor.started?.markReply();
      if (message.replyRequested) this.#reporter.answerSoon();
    }
    // Represents all the others, which are sent in millions.
    const last = batch.at(-1);
    if (last?.kind === "XLogData") {
      this.ledger.markReceived(last.walEnd);
      this.#monitor.started?.markData();
    }
    // A commit with remote_write only waits for the arrival.
    if (this.#parts.found.synchronous !== null) this.#reporter.reportSoon();
  }

  #wantsReply(): boolean {
    if (this.silentMs === null) return false;
    // An idle server does not report unprompted that it has reached `until`.
    return this.until !== null || this.#monitor.started?.isQuiet === true;
  }
}
