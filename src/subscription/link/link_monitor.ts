import type { ConnectionSettings } from "../../connection/connection_settings.ts";
import { LivenessMonitor } from "../../feedback/liveness_monitor.ts";
import { ShutdownMonitor } from "../../feedback/shutdown_monitor.ts";
import { refusesLogins } from "../../session/refuses_logins.ts";
import type { Dial } from "../../socket/socket.ts";
import { walsenderState } from "./walsender_state.ts";

/** Options for a {@linkcode LinkMonitor}. */
export interface LinkMonitorOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The server at the other end, and the credentials. */
  readonly settings: ConnectionSettings;
  /** The slot. */
  readonly slot: string;
  /** The walsender's process id. */
  readonly processId: number;
  /** The server's `wal_sender_timeout`, in milliseconds; 0 for none. */
  readonly walSenderTimeoutMs: number;
  /** Whether to leave after a suspension of this process that the server has timed out. */
  readonly leavesAfterPause: boolean;
  /**
   * How long a read has waited without a byte, in milliseconds; `null` if none is pending.
   */
  readonly silentMs: () => number | null;
  /** The age of the last transaction when the server sent it, in milliseconds. */
  readonly sendLagMs: () => number;
  /** Requests a status report soon. */
  readonly reportSoon: () => void;
  /** Sends a status report that requests a reply. */
  readonly requestReply: () => void;
  /** Called with the reason to leave the link. */
  readonly onLeave: (reason: string) => void;
}

/**
 * Watches a link while it streams: whether the server is still there, and whether it is
 * shutting down and waits for this client.
 */
export class LinkMonitor {
  readonly #liveness: LivenessMonitor;
  readonly #shutdown: ShutdownMonitor;

  /** @param options What to watch. Watching starts at once. */
  constructor(options: LinkMonitorOptions) {
    const { dial, settings, slot, processId, onLeave } = options;
    this.#shutdown = new ShutdownMonitor({
      requestReply: options.requestReply,
      sendLagMs: options.sendLagMs,
      isShuttingDown: (signal) => refusesLogins({ dial, settings, signal }),
      onShutdown: () =>
        onLeave("The server is shutting down and waits for this link to close"),
    });
    this.#liveness = new LivenessMonitor({
      silentMs: options.silentMs,
      walSenderTimeoutMs: options.walSenderTimeoutMs,
      leavesAfterPause: options.leavesAfterPause,
      onQuiet: options.reportSoon,
      walsenderState: (limits) =>
        walsenderState({ dial, settings, slot, processId, ...limits }),
      onDead: onLeave,
    });
  }

  /** Whether nothing has arrived for so long that the server must be asked for a reply. */
  get isQuiet(): boolean {
    return this.#liveness.isQuiet;
  }

  /** Records that the server has sent data. */
  markData(): void {
    this.#shutdown.markData();
  }

  /** Records that the server was asked for a reply. */
  markRequest(): void {
    this.#shutdown.markRequest();
  }

  /** Records that a reply was read. */
  markReply(): void {
    this.#shutdown.markReply();
  }

  /** Stops watching, and abandons checks in progress. */
  async stop(): Promise<void> {
    await Promise.all([this.#liveness.stop(), this.#shutdown.stop()]);
  }
}
