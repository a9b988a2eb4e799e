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
  /** Sends a report; `true` asks the server for an answer. */
  readonly send: (report: Report, replyRequested: boolean) => Promise<void>;
  /** Keeps a flush position before the server is told of it. */
  readonly save: (flush: Lsn) => Promise<void>;
  /** Where the client is. */
  readonly positions: () => Positions;
  /** Whether there is something else to keep with the flush position. */
  readonly hasNews?: () => boolean;
  /** Whether to ask the server where it is. */
  readonly wantsReply: () => boolean;
  /** How often to report. */
  readonly intervals: ReportIntervals;
  /** The flush position that the server knows of already. */
  readonly reportedFlush: Lsn;
  /**
   * Whether commits on the server wait for the reports (synchronous replication). Progress
   * is then reported at once, and the flush position in each report: a standby that reports
   * none is no synchronous one (SyncRepGetCandidateStandbys in `syncrep.c`).
   *
   * @default {false}
   */
  readonly isAwaited?: boolean;
}

/**
 * Sends status reports on a clock of its own, so that they never depend on whether the
 * stream is read.
 */
export class StatusReporter {
  readonly #options: StatusReporterOptions;
  #reportedFlush: Lsn;
  #reportedWrite: Lsn = INVALID_LSN;
  // Whether the server has asked since the last report, and after how many in a row.
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

  /** Sends the first report, and from now on in time. */
  start(): void {
    void this.#report();
  }

  /** The flush position that the server knows of. */
  get reportedFlush(): Lsn {
    return this.#reportedFlush;
  }

  /** Makes a report due soon: there is progress to tell, or the server is to be asked. */
  reportSoon(): void {
    const isDue = this.#urgent && this.#options.isAwaited !== true;
    if (isDue || this.#stopped) return;
    this.#urgent = true;
    if (!this.#sending || this.#saving) this.#schedule();
  }

  /** Makes a report due soon, since the server asked for one. */
  answerSoon(): void {
    this.#isAsked = true;
    this.reportSoon();
  }

  /** Asks the server for a reply, with a report of its own that confirms nothing. */
  requestReply(): void {
    if (this.#stopped) return;
    // Whoever reads meets a broken link, too, and says so.
    void this.#sendWrite(true).catch(() => {});
  }

  /** Ends the clock. No report is sent any more but by {@linkcode flush}. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Sends a report: at once, or behind the one that is under way. */
  flush(): Promise<void> {
    // Two at a time could keep the lower position last.
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
      // However long that takes, the server hears of this client.
      this.#schedule();
      await save(confirmed).finally(() => this.#saving = false);
      if (confirmed > this.#reportedFlush) this.#reportedFlush = confirmed;
      // What was done meanwhile could not be told by the reports in between.
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

  // A server that asks again at once is shutting down: a flush position that is held back
  // would be in its way.
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
      // The reading side meets the same broken link, and says so.
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
