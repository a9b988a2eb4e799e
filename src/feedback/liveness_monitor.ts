import {
  judgeLink,
  type LivenessTimings,
  livenessTimings,
} from "./liveness.ts";

/**
 * The state of the server process: it is working and will answer later, it waits for its
 * client, or it does not exist.
 */
export type WalsenderState = "working" | "waiting" | "gone";

/** The limits of a query. */
export interface QuestionLimits {
  /** Aborts the query. */
  readonly signal: AbortSignal;
  /** How long to wait for an answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** Options for a {@linkcode LivenessMonitor}. */
export interface LivenessMonitorOptions {
  /**
   * How long a read has waited without a byte, in milliseconds; `null` if none is pending.
   */
  readonly silentMs: () => number | null;
  /** The server's `wal_sender_timeout`, in milliseconds; 0 for none. */
  readonly walSenderTimeoutMs: number;
  /**
   * Whether to leave the link after this process was suspended (stopped, or on a paused
   * machine) for longer than `wal_sender_timeout`: the server has timed it out, and the data
   * in the socket is old.
   *
   * @default {false}
   */
  readonly leavesAfterPause?: boolean;
  /** Called when the server must be asked to reply. */
  readonly onQuiet: () => void;
  /**
   * Finds out the state of the server process in another way; rejects if that is impossible.
   *
   * @default {undefined} a server that does not answer counts as gone
   */
  readonly walsenderState?: (limits: QuestionLimits) => Promise<WalsenderState>;
  /** Called with the reason to leave the link. */
  readonly onDead: (reason: string) => void;
}

/** The longest interval between checks. */
const LONGEST_INTERVAL_MS = 5_000;
/** The longest wait for the answer over another connection. */
const LONGEST_QUESTION_MS = 10_000;

/**
 * Checks a link periodically, and detects whether the server is still there. Before it gives
 * up a link, it queries the state of the server process: one that is in the middle of a
 * single step, which may take minutes, can't answer, and after a reconnection it would have
 * to start again.
 */
export class LivenessMonitor {
  readonly #options: LivenessMonitorOptions;
  readonly #timings: LivenessTimings;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #stop = new AbortController();
  #asking: Promise<void> | null = null;
  // Whether the last query found the process waiting.
  #wasWaiting = false;
  readonly #intervalMs: number;
  // By the wall clock: other clocks may stop together with the process.
  #lookedAt = Date.now();

  /** @param options What to check. Checking starts immediately. */
  constructor(options: LivenessMonitorOptions) {
    this.#options = options;
    this.#timings = livenessTimings(options.walSenderTimeoutMs);
    this.#intervalMs = Math.min(
      LONGEST_INTERVAL_MS,
      this.#timings.askAfter / 4,
    );
    this.#timer = setInterval(() => this.#look(), this.#intervalMs);
  }

  /** Whether nothing has arrived for so long that the server must be asked. */
  get isQuiet(): boolean {
    return this.#judge() !== "alive";
  }

  /** Stops checking, and abandons checks in progress. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#asking;
  }

  #judge(): ReturnType<typeof judgeLink> {
    return judgeLink(this.#options.silentMs() ?? 0, this.#timings);
  }

  #look(): void {
    const pauseMs = this.#pauseMs();
    if (pauseMs > 0) {
      const seconds = Math.round(pauseMs / 1000);
      return this.#options.onDead(
        `This process was suspended for ${seconds} s, longer than wal_sender_timeout: the server has timed it out`,
      );
    }
    const verdict = this.#judge();
    if (verdict !== "dead") this.#wasWaiting = false;
    if (verdict === "ask") this.#options.onQuiet();
    if (verdict !== "dead") return;
    this.#asking ??= this.#ask().finally(() => this.#asking = null);
  }

  // How long the process was suspended; 0 if that does not matter.
  #pauseMs(): number {
    const now = Date.now();
    const pauseMs = now - this.#lookedAt - this.#intervalMs;
    this.#lookedAt = now;
    const { walSenderTimeoutMs, leavesAfterPause } = this.#options;
    const matters = leavesAfterPause === true && walSenderTimeoutMs > 0 &&
      pauseMs >= walSenderTimeoutMs;
    return matters ? pauseMs : 0;
  }

  async #ask(): Promise<void> {
    const state = await this.#walsenderState();
    // An answer may have arrived in the meantime, or the link was left.
    if (this.#stop.signal.aborted || this.#judge() !== "dead") return;
    // What it sent before it began to wait may be in transit: it arrives before the next
    // check.
    const isDead = state === "gone" ||
      (state === "waiting" && this.#wasWaiting);
    this.#wasWaiting = state === "waiting";
    if (!isDead) return;
    const seconds = Math.round((this.#options.silentMs() ?? 0) / 1000);
    this.#options.onDead(
      `The server has sent nothing for ${seconds} s, although it was asked to reply: the link is dead`,
    );
  }

  async #walsenderState(): Promise<WalsenderState> {
    const { walsenderState } = this.#options;
    if (walsenderState === undefined) return "gone";
    const { signal } = this.#stop;
    const timeoutMs = Math.min(LONGEST_QUESTION_MS, this.#timings.askAfter);
    try {
      return await walsenderState({ signal, timeoutMs });
    } catch {
      return "gone";
    }
  }
}
