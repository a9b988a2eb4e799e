import { INVALID_LSN, type Lsn } from "../lsn.ts";
import {
  type Positions,
  type Report,
  reportDueAt,
  reportFor,
  type ReportIntervals,
} from "./status_report.ts";

/** Options for a {@linkcode StatusReporter}. */
export interface StatusReporterOptions {
  /** Sends a report; `true` requests a reply from the server. */
  readonly send: (report: Report, replyRequested: boolean) => Promise<void>;
  /** Stores a flush position before it is reported to the server. */
  readonly save: (flush: Lsn) => Promise<void>;
  /** Returns the client's positions. */
  readonly positions: () => Positions;
  /** Returns whether there is other state to store with the flush position. */
  readonly hasNews?: () => boolean;
  /** Returns whether to request the server's position. */
  readonly wantsReply: () => boolean;
  /** How often to report. */
  readonly intervals: ReportIntervals;
  /** The flush position that the server already knows. */
  readonly reportedFlush: Lsn;
  /**
   * Whether commits on the server wait for the reports (synchronous replication). Progress is
   * then reported immediately, and every report contains the flush position: a standby that
   * reports none is not a synchronous one (SyncRepGetCandidateStandbys in `syncrep.c`).
   *
   * @default {false}
   */
  readonly isAwaited?: boolean;
}

/**
 * Sends status reports on its own timer, independent of whether the stream is read.
 */
export class StatusReporter {
  readonly #options: StatusReporterOptions;
  #reportedFlush: Lsn;
  #reportedWrite: Lsn = INVALID_LSN;
  // Whether the server has requested a report since the last one, and how often in a row.
  #isAsked = false;
  #answers = 0;
  #lastReportAt = 0;
  #urgent = false;
  #sending = false;
  #saving = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #flushed: Promise<void> = Promise.resolve();

  /** @param options What to report, and how. */
  constructor(options: StatusReporterOptions) {
    this.#options = options;
    this.#reportedFlush = options.reportedFlush;
  }

  /** Sends the first report, and starts the timer. */
  start(): void {
    void this.#report();
  }

  /** The flush position that the server knows. */
  get reportedFlush(): Lsn {
    return this.#reportedFlush;
  }

  /** Makes a report due soon: there is progress to report, or a reply to request. */
  reportSoon(): void {
    const isDue = this.#urgent && this.#options.isAwaited !== true;
    if (isDue || this.#stopped) return;
    this.#urgent = true;
    if (!this.#sending || this.#saving) this.#schedule();
  }

  /** Makes a report due soon, because the server requested one. */
  answerSoon(): void {
    this.#isAsked = true;
    this.reportSoon();
  }

  /** Requests a reply from the server, with a separate report that confirms nothing. */
  requestReply(): void {
    if (this.#stopped) return;
    // The reader encounters the broken link too, and reports it.
    void this.#sendWrite(true).catch(() => {});
  }

  /** Stops the timer. From now on only {@linkcode flush} sends reports. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Sends a report: immediately, or after the one in progress. */
  flush(): Promise<void> {
    // Two at a time could store the lower position last.
    const flush = () => this.#flush();
    const flushed = this.#flushed.then(flush, flush);
    this.#flushed = flushed;
    return flushed;
  }

  async #flush(): Promise<void> {
    const { positions, save, send, wantsReply, hasNews } = this.#options;
    this.#answers = this.#isAsked ? this.#answers + 1 : 0;
    this.#isAsked = false;
    this.#urgent = false;
    const now = positions();
    const { confirmed } = now;
    const report = this.#withFlush(reportFor(now, this.#reportedFlush));
    if (report.flush > this.#reportedFlush || hasNews?.() === true) {
      this.#saving = true;
      // However long that takes, the server receives reports from this client.
      this.#schedule();
      await save(confirmed).finally(() => this.#saving = false);
      if (confirmed > this.#reportedFlush) this.#reportedFlush = confirmed;
      // The reports in between could not contain what was processed in the meantime.
      if (positions().confirmed > confirmed) this.#urgent = true;
    }
    this.#reportedWrite = report.write;
    await send(report, wantsReply());
  }

  // Confirms nothing that is not confirmed already.
  async #sendWrite(replyRequested: boolean): Promise<void> {
    const { positions, send } = this.#options;
    const { write } = reportFor(positions(), this.#reportedFlush);
    this.#reportedWrite = write;
    const report = this.#withFlush({ write, flush: INVALID_LSN });
    await send(report, replyRequested);
  }

  // A server that immediately requests another report is shutting down: an unchanged flush
  // position would block it.
  #withFlush(report: Report): Report {
    const isStandby = this.#options.isAwaited === true && this.#answers < 2;
    return isStandby && report.flush === INVALID_LSN
      ? { ...report, flush: this.#reportedFlush }
      : report;
  }

  async #reportWrite(): Promise<void> {
    this.#urgent = false;
    await this.#sendWrite(this.#options.wantsReply());
  }

  async #report(): Promise<void> {
    this.#sending = true;
    this.#lastReportAt = performance.now();
    try {
      await (this.#saving ? this.#reportWrite() : this.flush());
    } catch {
      // The reading side encounters the same broken link, and reports it.
      this.stop();
    } finally {
      this.#sending = false;
    }
    this.#schedule();
  }

  #hasNews(): boolean {
    const { positions } = this.#options;
    const { write, flush } = reportFor(positions(), this.#reportedFlush);
    return write > this.#reportedWrite ||
      (flush > this.#reportedFlush && !this.#saving);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const { intervals, isAwaited } = this.#options;
    const dueAt = isAwaited && this.#urgent && this.#hasNews()
      ? 0
      : reportDueAt(this.#lastReportAt, this.#urgent, intervals);
    const wait = Math.max(0, dueAt - performance.now());
    this.#timer = setTimeout(() => void this.#report(), wait);
  }
}
