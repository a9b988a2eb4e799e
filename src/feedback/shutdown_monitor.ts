/** Options for a {@linkcode ShutdownMonitor}. */
export interface ShutdownMonitorOptions {
  /** Sends a status report that requests a reply. */
  readonly requestReply: () => void;
  /**
   * The age of the last transaction when the server sent it, in milliseconds, by the server's
   * own clock.
   */
  readonly sendLagMs: () => number;
  /** Checks whether the server is shutting down; the signal aborts the check. */
  readonly isShuttingDown: (signal: AbortSignal) => Promise<boolean>;
  /** Called when the server is shutting down. */
  readonly onShutdown: () => void;
  /**
   * The time, in milliseconds by any steady clock.
   *
   * @default {() => performance.now()}
   */
  readonly now?: () => number;
}

/** The interval between checks, in milliseconds. */
const INTERVAL_MS = 500;
/** The lag or silence from which a server is assumed to have a backlog, in milliseconds. */
const BEHIND_MS = 450;
/** The minimum time between queries whether the server is shutting down, in milliseconds. */
const ASK_INTERVAL_MS = 1_000;
/** The maximum number of pending replies. */
const MAX_REQUESTS = 1_000;

/**
 * Detects that a server which is shutting down waits for this client. Such a server sends
 * everything that it has before it reports the shutdown. So a client that lags does not learn
 * of it from the stream, however steadily it reads, and must query it in another way.
 *
 * The lag is measured in the stream itself. A reply to a status report follows everything
 * sent before: if it takes long, much is in transit between the server and the consumer. If
 * it arrives immediately, the server may still be sending old transactions, which the times
 * in the stream show.
 */
export class ShutdownMonitor {
  readonly #options: ShutdownMonitorOptions;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  // Runs only while there is something to check: a process may have many idle links, which
  // must not wake it.
  #timer: ReturnType<typeof setInterval> | undefined;
  // When the pending replies were requested.
  #requests: number[] = [];
  // Reading may have paused before the first check.
  #hasData = true;
  #askedAt = -Infinity;
  #asking: Promise<void> | null = null;

  /** @param options How to check, and what to call. Checking starts immediately. */
  constructor(options: ShutdownMonitorOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#run();
  }

  /** Records that the server has sent data: an idle one is not asked for a reply. */
  markData(): void {
    this.#hasData = true;
    this.#run();
  }

  /** Records that the server was asked for a reply. */
  markRequest(): void {
    if (this.#requests.length < MAX_REQUESTS) {
      this.#requests.push(this.#now());
    }
    this.#run();
  }

  /** Records that a reply was read. */
  markReply(): void {
    this.#requests.shift();
  }

  /** Stops checking, and abandons checks in progress. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#rest();
    await this.#asking;
  }

  #run(): void {
    if (this.#timer !== undefined || this.#stop.signal.aborted) return;
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS);
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = this.#now();
    const [oldest = now] = this.#requests;
    // Older data carries no information about the present.
    const sendLagMs = this.#hasData ? this.#options.sendLagMs() : 0;
    const behindMs = Math.max(now - oldest, sendLagMs);
    if (behindMs >= BEHIND_MS && now - this.#askedAt >= ASK_INTERVAL_MS) {
      this.#asking ??= this.#ask().finally(() => this.#asking = null);
    }
    if (this.#hasData && this.#requests.length === 0) {
      this.#options.requestReply();
    }
    this.#hasData = false;
    if (this.#requests.length === 0) this.#rest();
  }

  async #ask(): Promise<void> {
    const { isShuttingDown, onShutdown } = this.#options;
    const { signal } = this.#stop;
    this.#askedAt = this.#now();
    try {
      if (await isShuttingDown(signal) && !signal.aborted) onShutdown();
    } catch {
      // Unknown for now; the next check may succeed.
    }
  }
}
