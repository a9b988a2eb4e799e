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
  /** Whether to ask the server where it is. */
  readonly wantsReply: () => boolean;
  /** How often to report. */
  readonly intervals: ReportIntervals;
  /** The flush position that the server knows of already. */
  readonly reportedFlush: Lsn;
}

/**
 * Sends status reports on a clock of its own, so that they never depend on whether the
 * stream is read.
 */
export class StatusReporter {
  readonly #options: StatusReporterOptions;
  #reportedFlush: Lsn;
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

  /** Makes a report due soon: the server asked, or there is progress to tell. */
  reportSoon(): void {
    if (this.#urgent || this.#stopped) return;
    this.#urgent = true;
    if (!this.#sending || this.#saving) this.#schedule();
  }

  /** Asks the server for a reply, with a report of its own that confirms nothing. */
  requestReply(): void {
    if (this.#stopped) return;
    const { positions, send } = this.#options;
    const { write } = reportFor(positions(), this.#reportedFlush);
    // Whoever reads meets a broken link, too, and says so.
    void send({ write, flush: INVALID_LSN }, true).catch(() => {});
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
    const { positions, save, send, wantsReply } = this.#options;
    const report = reportFor(positions(), this.#reportedFlush);
    this.#urgent = false;
    if (report.flush > this.#reportedFlush) {
      this.#saving = true;
      // However long that takes, the server hears of this client.
      this.#schedule();
      await save(report.flush).finally(() => this.#saving = false);
      this.#reportedFlush = report.flush;
      // What was done meanwhile could not be told by the reports in between.
      if (positions().confirmed > report.flush) this.#urgent = true;
    }
    await send(report, wantsReply());
  }

  async #sendWrite(): Promise<void> {
    const { positions, send, wantsReply } = this.#options;
    this.#urgent = false;
    const { write } = reportFor(positions(), this.#reportedFlush);
    await send({ write, flush: INVALID_LSN }, wantsReply());
  }

  async #report(): Promise<void> {
    this.#sending = true;
    this.#lastReportAt = performance.now();
    try {
      await (this.#saving ? this.#sendWrite() : this.flush());
    } catch {
      // The reading side meets the same broken link, and says so.
      this.stop();
    } finally {
      this.#sending = false;
    }
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const dueAt = reportDueAt(
      this.#lastReportAt,
      this.#urgent,
      this.#options.intervals,
    );
    const wait = Math.max(0, dueAt - performance.now());
    this.#timer = setTimeout(() => void this.#report(), wait);
  }
}
