import { LivenessMonitor } from "../../feedback/liveness_monitor.ts";
import { ShutdownMonitor } from "../../feedback/shutdown_monitor.ts";
import { refusesLogins } from "../../session/refuses_logins.ts";
import type { LinkParts } from "./link_parts.ts";
import { walsenderState } from "./walsender_state.ts";

/** The link to watch. */
export interface MonitoredLink {
  /**
   * How long a read has waited without a byte, in milliseconds; `null` if none is pending.
   */
  readonly silentMs: number | null;
  /** The age of the last transaction when the server sent it, in milliseconds. */
  readonly sendLagMs: number;
  /** Requests a status report soon. */
  reportSoon(): void;
  /** Sends a status report that requests a reply. */
  requestReply(): void;
  /** Closes the connection for a reason. */
  leave(reason: string): void;
}

/**
 * Watches a link while it streams: whether the server is still there, and whether it is
 * shutting down and waits for this client.
 */
export class LinkMonitor {
  readonly #liveness: LivenessMonitor;
  readonly #shutdown: ShutdownMonitor;

  /**
   * Starts watching.
   *
   * @param parts The parts of the link.
   * @param link The link.
   */
  constructor(
    { plan, session, found, activeServer }: LinkParts,
    link: MonitoredLink,
  ) {
    const onLeave = (reason: string) => link.leave(reason);
    const server = { dial: plan.dial, settings: activeServer };
    this.#shutdown = new ShutdownMonitor({
      requestReply: () => link.requestReply(),
      sendLagMs: () => link.sendLagMs,
      isShuttingDown: (signal) => refusesLogins({ ...server, signal }),
      onShutdown: () =>
        onLeave("The server is shutting down and waits for this link to close"),
    });
    this.#liveness = new LivenessMonitor({
      silentMs: () => link.silentMs,
      walSenderTimeoutMs: found.walSenderTimeoutMs,
      // The store may belong to another process by then.
      leavesAfterPause: plan.store !== null,
      onQuiet: () => link.reportSoon(),
      walsenderState: (limits) =>
        walsenderState({
          ...server,
          ...limits,
          slot: plan.slot.name,
          processId: session.processId,
        }),
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
