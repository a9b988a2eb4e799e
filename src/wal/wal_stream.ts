import { ConnectionError, ProtocolError } from "../errors.ts";
import { formatLsn, INVALID_LSN, type Lsn } from "../lsn.ts";
import type { CopyBothMessage } from "../replication/copy_both_message.ts";
import type { ReplicationConnection } from "../replication/replication_connection.ts";
import type { ReplicationStream } from "../replication/replication_stream.ts";
import { LivenessMonitor } from "../feedback/liveness_monitor.ts";
import { StatusReporter } from "../feedback/status_reporter.ts";
import { splitWal } from "./split_wal.ts";
import type { WalEvent, WalTimeline } from "./wal_event.ts";
import { segmentStart } from "./wal_file.ts";

/** Options for {@linkcode WalStream}. */
export interface WalStreamParts {
  /** A connection for physical replication that is not busy. */
  readonly connection: ReplicationConnection;
  /** The slot that retains the WAL; `undefined` for none. */
  readonly slot: string | undefined;
  /** The start position, at the start of a segment. */
  readonly start: Lsn;
  /** The timeline of that position. */
  readonly timeline: number;
  /** The size of the cluster's segments. */
  readonly segmentSize: number;
  /** The server's `wal_sender_timeout`, in milliseconds; 0 for none. */
  readonly walSenderTimeoutMs: number;
  /** The interval of status reports, in milliseconds. */
  readonly statusIntervalMs: number;
  /**
   * How long to wait for the server to stop, in milliseconds.
   *
   * @default {10_000}
   */
  readonly closeDeadlineMs?: number;
}

const MIN_USEFUL_LINK_MS = 50;
const CLOSE_DEADLINE_MS = 10_000;

/**
 * A running stream of WAL, over all timelines: what `streamWal()` returns.
 *
 * @example
 * ```ts ignore
 * import { connect } from "@walbrook/walbrook/replication";
 * import { streamWal } from "@walbrook/walbrook/wal";
 *
 * await using connection = await connect("postgres://archiver@localhost", {
 *   replication: "physical",
 * });
 * await using wal = await streamWal(connection, { slot: "archive" });
 * for await (const event of wal.readable) {
 *   if (event.kind !== "bytes") continue;
 *   // … write event.data to event.fileName at event.offset, and flush it, then
 *   wal.acknowledge(event.end);
 * }
 * ```
 */
export class WalStream {
  /**
   * The WAL, in order and without gaps. The server's data is read only on demand. Ends after
   * {@linkcode WalStream.close}; errors with `PostgresError` or `ConnectionError` if the
   * server or the link ends it, or the link is dead.
   */
  readonly readable: ReadableStream<WalEvent>;
  /** The size of the cluster's segments, in bytes. */
  readonly segmentSize: number;
  readonly #parts: WalStreamParts;
  readonly #reporter: StatusReporter;
  readonly #watch: LivenessMonitor;
  // Since when a read has been waiting for the server, by performance.now().
  #waitingSince: number | null = null;
  // Why the connection was closed.
  #failure: ConnectionError | null = null;
  #stream: ReplicationStream | null = null;
  #reader: ReadableStreamDefaultReader<readonly CopyBothMessage[]> | null =
    null;
  // The start of a timeline, while it is in progress.
  #beginning: Promise<WalTimeline> | null = null;
  #timeline: number;
  // The next expected byte.
  #received: Lsn;
  // The end of everything received: a new timeline repeats the content of its first file.
  #furthest: Lsn;
  #confirmed: Lsn = INVALID_LSN;
  #stopped = false;

  /**
   * Created by `streamWal()`.
   *
   * @param parts The connection, and the start position.
   * @ignore
   */
  constructor(parts: WalStreamParts) {
    this.#parts = parts;
    this.segmentSize = parts.segmentSize;
    this.#timeline = parts.timeline;
    this.#received = parts.start;
    this.#furthest = parts.start;
    this.#reporter = new StatusReporter({
      send: async ({ write, flush }, replyRequested) =>
        await this.#stream?.sendStatusUpdate({
          ...{ write, flush, apply: INVALID_LSN, replyRequested },
        }),
      save: () => Promise.resolve(),
      positions: () => ({
        received: this.#received,
        confirmed: this.#confirmed,
      }),
      wantsReply: () => this.#watch.isQuiet,
      intervals: {
        longest: parts.statusIntervalMs,
        shortest: MIN_USEFUL_LINK_MS,
      },
      reportedFlush: INVALID_LSN,
    });
    this.#watch = new LivenessMonitor({
      silentMs: () => this.#silentMs(),
      walSenderTimeoutMs: parts.walSenderTimeoutMs,
      onQuiet: () => this.#reporter.reportSoon(),
      onDead: (reason) => {
        this.#watch.stop();
        this.#failure = new ConnectionError(reason);
        void parts.connection.close();
      },
    });
    this.readable = new ReadableStream<WalEvent>({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
  }

  /**
   * Confirms that everything before a position is stored durably: the server's slot no longer
   * retains it, and synchronous commits need not wait for it.
   *
   * @param lsn The position, for example the `end` of the last event that was stored.
   * @throws {RangeError} If it is beyond what was received: the server would discard data
   * that nobody has.
   */
  acknowledge(lsn: Lsn): void {
    if (lsn > this.#furthest) {
      throw new RangeError(
        `Cannot acknowledge ${formatLsn(lsn)}: only what lies before ${
          formatLsn(this.#furthest)
        } has been received`,
      );
    }
    if (lsn <= this.#confirmed) return;
    this.#confirmed = lsn;
    this.#reporter.reportSoon();
  }

  /**
   * Reports the confirmed position once more, and ends the stream. The connection then
   * accepts commands again, unless the server does not answer within 10 seconds: then the
   * connection is closed.
   */
  async close(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#watch.stop();
    this.#reporter.stop();
    const { connection, closeDeadlineMs = CLOSE_DEADLINE_MS } = this.#parts;
    const timer = setTimeout(() => void connection.close(), closeDeadlineMs);
    try {
      await this.#beginning;
      await this.#reporter.flush();
      await this.#stream?.close();
      while (this.#reader !== null && !(await this.#reader.read()).done);
    } catch {
      // The link is broken, so nothing can be reported.
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes the stream: {@linkcode WalStream.close} for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #pull(
    controller: ReadableStreamDefaultController<WalEvent>,
  ): Promise<void> {
    try {
      for (;;) {
        this.#waitingSince = performance.now();
        const events = await this.#next();
        if (events === null) return controller.close();
        for (const event of events) controller.enqueue(event);
        if (events.length > 0) return;
      }
    } catch (error) {
      this.#watch.stop();
      this.#reporter.stop();
      if (this.#stopped) return controller.close();
      throw this.#failure ?? error;
    } finally {
      this.#waitingSince = null;
    }
  }

  // If no read is waiting, the consumer is slow.
  #silentMs(): number | null {
    if (this.#waitingSince === null) return null;
    const receivedAt = this.#stream?.receivedAt ?? 0;
    return performance.now() - Math.max(this.#waitingSince, receivedAt);
  }

  // The next events, possibly none; null at the end.
  async #next(): Promise<readonly WalEvent[] | null> {
    if (this.#stopped) return null;
    if (this.#reader === null) return await this.#beginNext();
    const { value, done } = await this.#reader.read();
    if (this.#stopped) return null;
    if (!done) return value.flatMap((message) => this.#take(message));
    const next = this.#stream?.nextTimeline() ?? null;
    if (next === null) {
      throw new ConnectionError("The server ended the stream of WAL");
    }
    this.#timeline = next.timeline;
    // The new timeline's file must be complete: it begins with the content of the old one.
    this.#received = segmentStart(next.start, this.segmentSize);
    return await this.#beginNext();
  }

  async #beginNext(): Promise<readonly WalEvent[] | null> {
    this.#beginning = this.#begin();
    const timeline = await this.#beginning;
    // close() ends a stream that was still starting.
    return this.#stopped ? null : [timeline];
  }

  async #begin(): Promise<WalTimeline> {
    const { connection, slot } = this.#parts;
    const timeline = this.#timeline;
    const start = this.#received;
    const history = timeline === 1
      ? null
      : await connection.timelineHistory(timeline);
    this.#stream = await connection.startReplication({
      kind: "physical",
      ...slot === undefined ? {} : { slot },
      start,
      timeline,
    });
    this.#reader = this.#stream.readable.getReader();
    this.#reporter.start();
    return { kind: "timeline", timeline, start, history };
  }

  #take(message: CopyBothMessage): WalEvent[] {
    if (message.kind === "NoticeResponse") return [];
    if (message.kind === "PrimaryKeepaliveMessage") {
      if (message.replyRequested) this.#reporter.reportSoon();
      return [];
    }
    const { walStart, data } = message;
    if (walStart !== this.#received) {
      throw new ProtocolError(
        `Cannot continue the WAL at ${
          formatLsn(this.#received)
        }: the server sent data that starts at ${formatLsn(walStart)}`,
      );
    }
    this.#received = walStart + BigInt(data.length) as Lsn;
    if (this.#received > this.#furthest) this.#furthest = this.#received;
    return splitWal(this.#timeline, walStart, data, this.segmentSize);
  }
}
