import {
  judgeLink,
  type LivenessTimings,
  livenessTimings,
} from "./liveness.ts";

/**
 * What the server's process at the other end is doing: it is at work and will answer later,
 * it waits for its client, or it is not there.
 */
export type WalsenderState = "working" | "waiting" | "gone";

/** When to give up a question. */
export interface QuestionLimits {
  /** Gives up. */
  readonly signal: AbortSignal;
  /** How long to wait for an answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** Options for a {@linkcode LivenessMonitor}. */
export interface LivenessMonitorOptions {
  /** For how long a read has waited without a byte, in milliseconds; `null` if none waits. */
  readonly silentMs: () => number | null;
  /** The server's `wal_sender_timeout`, in milliseconds; 0 for none. */
  readonly walSenderTimeoutMs: number;
  /**
   * Whether to leave the link after this process has stood still (stopped, suspended, or a
   * machine that was paused) for longer than `wal_sender_timeout`: the server has given it
   * up, and what lies in the socket is old.
   *
   * @default {false}
   */
  readonly leavesAfterPause?: boolean;
  /** Asks the server for a sign of life. */
  readonly onQuiet: () => void;
  /**
   * Finds out by other means what the server's process is doing; rejects where that can't
   * be found out.
   *
   * @default {undefined} a server that does not answer is gone
   */
  readonly walsenderState?: (limits: QuestionLimits) => Promise<WalsenderState>;
  /** Told why the link is to be left. */
  readonly onDead: (reason: string) => void;
}

/** How often to look at least. */
const LONGEST_INTERVAL_MS = 5_000;
/** How long to wait for the answer of another connection at most. */
const LONGEST_QUESTION_MS = 10_000;

/**
 * Looks at a link now and then, and finds out whether the server is still there. Before it
 * gives up a link it asks what the server's process is doing: one that is at work in the
 * middle of a single step, for minutes at times, can't answer, and to connect again would
 * make it begin from the start.
 */
export class LivenessMonitor {
  readonly #options: LivenessMonitorOptions;
  readonly #timings: LivenessTimings;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #stop = new AbortController();
  #asking: Promise<void> | null = null;
  // Whether the process was found waiting at the last question.
  #wasWaiting = false;
  readonly #intervalMs: number;
  // By the wall clock, since others may stand still together with the process.
  #lookedAt = Date.now();

  /** @param options What to look at. It starts at once. */
  constructor(options: LivenessMonitorOptions) {
    this.#options = options;
    this.#timings = livenessTimings(options.walSenderTimeoutMs);
    this.#intervalMs = Math.min(
      LONGEST_INTERVAL_MS,
      this.#timings.askAfter / 4,
    );
    this.#timer = setInterval(() => this.#look(), this.#intervalMs);
  }

  /** Whether nothing has come for so long that the server is to be asked. */
  get isQuiet(): boolean {
    return this.#judge() !== "alive";
  }

  /** Looks no more, and gives up what is under way. */
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
        `This process has stood still for ${seconds} s, longer than wal_sender_timeout: the server has given it up`,
      );
    }
    const verdict = this.#judge();
    if (verdict !== "dead") this.#wasWaiting = false;
    if (verdict === "ask") this.#options.onQuiet();
    if (verdict !== "dead") return;
    this.#asking ??= this.#ask().finally(() => this.#asking = null);
  }

  // For how long the process has stood still; 0 if that does not matter.
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
    // An answer may have come in the meantime, or somebody has left the link.
    if (this.#stop.signal.aborted || this.#judge() !== "dead") return;
    // What it said before it began to wait may be under way: that is here by the next time.
    const isDead = state === "gone" ||
      (state === "waiting" && this.#wasWaiting);
    this.#wasWaiting = state === "waiting";
    if (!isDead) return;
    const seconds = Math.round((this.#options.silentMs() ?? 0) / 1000);
    this.#options.onDead(
      `The server has given no sign of life for ${seconds} s, though it was asked: the link is dead`,
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
