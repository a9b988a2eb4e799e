import {
  judgeLink,
  type LivenessTimings,
  livenessTimings,
} from "./liveness.ts";

/** How the reading of a link goes. */
export interface ReadingProgress {
  /** For how long a read has waited without a byte, in milliseconds; `null` if none waits. */
  readonly silentMs: number | null;
  /** For how long reading has been paused, in milliseconds; `null` if it is not. */
  readonly fullMs: number | null;
}

/** Options for a {@linkcode LivenessMonitor}. */
export interface LivenessMonitorOptions {
  /** What reads the link. */
  readonly readAhead: ReadingProgress;
  /** What finds out whether the server is shutting down. */
  readonly probe: { ask(): void } | null;
  /** The server's `wal_sender_timeout`, in milliseconds; 0 for none. */
  readonly walSenderTimeoutMs: number;
  /** Asks the server for a sign of life. */
  readonly onQuiet: () => void;
  /** Told why the link is to be left. */
  readonly onDead: (reason: string) => void;
}

/** How often to look at least. */
const LONGEST_INTERVAL_MS = 5_000;
/** How long reading is paused before the server is asked whether it is shutting down. */
const STALLED_MS = 1_000;

/**
 * Looks at a link now and then: whether the server is still there, and whether it waits
 * for a consumer who has stopped reading.
 */
export class LivenessMonitor {
  readonly #options: LivenessMonitorOptions;
  readonly #timings: LivenessTimings;
  readonly #timer: ReturnType<typeof setInterval>;

  /** @param options What to look at. It starts at once. */
  constructor(options: LivenessMonitorOptions) {
    this.#options = options;
    this.#timings = livenessTimings(options.walSenderTimeoutMs);
    this.#timer = setInterval(
      () => this.#look(),
      Math.min(LONGEST_INTERVAL_MS, this.#timings.askAfter / 4),
    );
  }

  /** Whether nothing has come for so long that the server is to be asked. */
  get isQuiet(): boolean {
    return this.#judge() !== "alive";
  }

  /** Looks no more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #judge(): ReturnType<typeof judgeLink> {
    return judgeLink(this.#options.readAhead.silentMs ?? 0, this.#timings);
  }

  #look(): void {
    const { readAhead, probe, onQuiet, onDead } = this.#options;
    if ((readAhead.fullMs ?? 0) >= STALLED_MS) probe?.ask();
    const verdict = this.#judge();
    if (verdict === "alive") return;
    if (verdict === "ask") return onQuiet();
    const seconds = Math.round((readAhead.silentMs ?? 0) / 1000);
    onDead(
      `The server has given no sign of life for ${seconds} s, though it was asked: the link is dead`,
    );
  }
}
