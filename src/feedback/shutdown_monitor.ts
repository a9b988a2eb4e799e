/** Options for a {@linkcode ShutdownMonitor}. */
export interface ShutdownMonitorOptions {
  /** Sends a status report that asks for a reply. */
  readonly requestReply: () => void;
  /**
   * How old the transaction that came last was when the server sent it, in milliseconds, by
   * the server's own clock.
   */
  readonly sendLagMs: () => number;
  /** Finds out whether the server is shutting down; gives up with the signal. */
  readonly isShuttingDown: (signal: AbortSignal) => Promise<boolean>;
  /** Called once it is. */
  readonly onShutdown: () => void;
  /**
   * The time, in milliseconds by any steady clock.
   *
   * @default {() => performance.now()}
   */
  readonly now?: () => number;
}

/** How often to look. */
const INTERVAL_MS = 500;
/** A server that is so far behind, or not heard for so long, has a backlog to send. */
const BEHIND_MS = 450;
/** At most so often is the server asked whether it is shutting down. */
const ASK_INTERVAL_MS = 1_000;
/** So many replies may be due. */
const MAX_REQUESTS = 1_000;

/**
 * Finds out that a server which is shutting down waits for this client. Such a server
 * sends all that it has before it says that it stops, so a client that is behind does not
 * hear of it in the stream, however steadily it reads, and has to ask in another way.
 *
 * Whether the client is behind is measured in the stream itself. A reply to a status
 * report comes behind all that was sent before: where it takes long, much lies between
 * the server and the consumer. Where it comes at once, the server may still send what
 * committed long ago: that is told by the times in the stream.
 */
export class ShutdownMonitor {
  readonly #options: ShutdownMonitorOptions;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  // When the replies that are due were asked for.
  #requests: number[] = [];
  // Reading may have paused before anyone looked.
  #hasData = true;
  #askedAt = -Infinity;
  #asking: Promise<void> | null = null;

  /** @param options Whom to ask, and whom to tell. It starts at once. */
  constructor(options: ShutdownMonitorOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS);
  }

  /** Notes that the server has sent data: an idle one is not asked for a reply. */
  markData(): void {
    this.#hasData = true;
  }

  /** Notes that the server was asked for a reply. */
  markRequest(): void {
    if (this.#requests.length < MAX_REQUESTS) {
      this.#requests.push(this.#now());
    }
  }

  /** Notes that a reply has been read. */
  markReply(): void {
    this.#requests.shift();
  }

  /** Looks no more, and gives up what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#asking;
  }

  #look(): void {
    const now = this.#now();
    const [oldest = now] = this.#requests;
    // What came longer ago says nothing about the present.
    const sendLagMs = this.#hasData ? this.#options.sendLagMs() : 0;
    const behindMs = Math.max(now - oldest, sendLagMs);
    if (behindMs >= BEHIND_MS && now - this.#askedAt >= ASK_INTERVAL_MS) {
      this.#asking ??= this.#ask().finally(() => this.#asking = null);
    }
    if (this.#hasData && this.#requests.length === 0) {
      this.#options.requestReply();
    }
    this.#hasData = false;
  }

  async #ask(): Promise<void> {
    const { isShuttingDown, onShutdown } = this.#options;
    const { signal } = this.#stop;
    this.#askedAt = this.#now();
    try {
      if (await isShuttingDown(signal) && !signal.aborted) onShutdown();
    } catch {
      // It can't be told, and may be at the next attempt.
    }
  }
}
