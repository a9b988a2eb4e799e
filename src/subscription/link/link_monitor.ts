import type { ConnectionSettings } from "../../connection/connection_settings.ts";
import { LivenessMonitor } from "../../feedback/liveness_monitor.ts";
import { ShutdownMonitor } from "../../feedback/shutdown_monitor.ts";
import { refusesLogins } from "../../session/refuses_logins.ts";
import type { Dial } from "../../socket/socket.ts";
import { walsenderState } from "./walsender_state.ts";

/** What a {@linkcode LinkMonitor} looks at, and whom it tells. */
export interface LinkMonitorOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The server at the other end, and as whom to log in. */
  readonly settings: ConnectionSettings;
  /** The slot. */
  readonly slot: string;
  /** The walsender's process id. */
  readonly processId: number;
  /** The server's `wal_sender_timeout`, in milliseconds; 0 for none. */
  readonly walSenderTimeoutMs: number;
  /** Whether to leave after a pause of this process, in which the server has given it up. */
  readonly leavesAfterPause: boolean;
  /** For how long a read has waited without a byte, in milliseconds; `null` if none waits. */
  readonly silentMs: () => number | null;
  /** How old the transaction that came last was when the server sent it, in milliseconds. */
  readonly sendLagMs: () => number;
  /** Makes a status report due soon. */
  readonly reportSoon: () => void;
  /** Sends a status report that asks for a reply. */
  readonly requestReply: () => void;
  /** Told why the link is to be left. */
  readonly onLeave: (reason: string) => void;
}

/**
 * Looks at a link for as long as it streams: whether the server is still there, and whether
 * it is shutting down and waits for this client.
 */
export class LinkMonitor {
  readonly #liveness: LivenessMonitor;
  readonly #shutdown: ShutdownMonitor;

  /** @param options What to look at. It starts at once. */
  constructor(options: LinkMonitorOptions) {
    const { dial, settings, slot, processId, onLeave } = options;
    this.#shutdown = new ShutdownMonitor({
      requestReply: options.requestReply,
      sendLagMs: options.sendLagMs,
      isShuttingDown: (signal) => refusesLogins({ dial, settings, signal }),
      onShutdown: () =>
        onLeave("The server is shutting down, and waits for this link"),
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

  /** Whether nothing has come for so long that the server is to be asked. */
  get isQuiet(): boolean {
    return this.#liveness.isQuiet;
  }

  /** Notes that the server has sent data. */
  markData(): void {
    this.#shutdown.markData();
  }

  /** Notes that the server was asked for a reply. */
  markRequest(): void {
    this.#shutdown.markRequest();
  }

  /** Notes that a reply has been read. */
  markReply(): void {
    this.#shutdown.markReply();
  }

  /** Looks no more, and gives up what is under way. */
  async stop(): Promise<void> {
    await Promise.all([this.#liveness.stop(), this.#shutdown.stop()]);
  }
}
