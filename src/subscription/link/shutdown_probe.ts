import { PostgresError } from "../../errors.ts";
import type { ConnectionSettings } from "../../connection/connection_settings.ts";
import { openSession } from "../../session/open_session.ts";
import type { Dial } from "../../socket/socket.ts";
import * as SQLSTATE from "../../sqlstate.ts";

/** Options for a {@linkcode ShutdownProbe}. */
export interface ShutdownProbeOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The one server, and as whom to log in. */
  readonly settings: ConnectionSettings;
  /** Told if it is shutting down. */
  readonly onShutdown: () => void;
}

/**
 * Finds out whether a server is shutting down. A walsender tells that behind everything
 * else that it has to send, which nobody hears who has stopped reading; a login tells it
 * at once (57P03, before a password is asked for).
 */
export class ShutdownProbe {
  readonly #options: ShutdownProbeOptions;
  readonly #stop = new AbortController();
  #asking: Promise<void> | null = null;

  /** @param options Whom to ask, and whom to tell. */
  constructor(options: ShutdownProbeOptions) {
    this.#options = options;
  }

  /** Asks, unless that is under way. */
  ask(): void {
    this.#asking ??= this.#ask().finally(() => this.#asking = null);
  }

  /** Gives up what is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#asking;
  }

  async #ask(): Promise<void> {
    const { dial, settings, onShutdown } = this.#options;
    try {
      const session = await openSession({
        ...{ dial, settings, replication: undefined },
        signal: this.#stop.signal,
        onNotice: () => {},
      });
      await session.close();
    } catch (error) {
      const isShuttingDown = error instanceof PostgresError &&
        error.code === SQLSTATE.CANNOT_CONNECT_NOW;
      if (isShuttingDown) onShutdown();
    }
  }
}
