import { AuthenticationError, ConnectionError } from "../errors.ts";
import type { Dial, Socket, SocketAddress } from "../socket/socket.ts";
import type { ConnectionSettings } from "./connection_options.ts";
import { requestTls, startTls } from "./tls.ts";

/** Whether to ask for TLS, and whether to go on without it. */
export type Encryption = "never" | "if possible" | "always";

/** How to open a {@linkcode Link}. */
export interface LinkOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** Where to connect, and whom to expect. */
  readonly settings: ConnectionSettings;
  /** Gives up: closes the connection, whatever is under way on it. */
  readonly signal: AbortSignal;
  /** Whether to ask for TLS. */
  readonly encryption: Encryption;
}

/** An open connection on which nothing has been said yet but for TLS. */
export class Link {
  /** How far the connection has come, which tells what a failure means. */
  stage: "dialling" | "handshake" | "startup" | "challenged" = "dialling";
  /** Whether the connection is encrypted. */
  encrypted = false;
  readonly #options: LinkOptions;
  #socket: Socket | undefined;

  /** @param options How to open it. */
  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Ends all waits on this link. */
  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /**
   * Connects, and starts TLS where it is due.
   *
   * @throws {ConnectionError} If the server cannot be reached.
   * @throws {AuthenticationError} If the server refuses TLS though it is required, or
   * its certificate is not to be trusted.
   */
  async open(): Promise<Socket> {
    const { dial, settings, signal, encryption } = this.#options;
    const socket = await dialServer(dial, settings.address, signal);
    this.#socket = socket;
    signal.throwIfAborted();
    this.stage = "startup";
    if (encryption === "never" || settings.tls === undefined) return socket;
    if (!await requestTls(socket)) {
      if (encryption === "if possible") return socket;
      throw new AuthenticationError(
        `Cannot log in at ${
          describeAddress(settings.address)
        }: the server does not offer TLS, and sslmode "${settings.tls.sslmode}" demands it`,
      );
    }
    this.stage = "handshake";
    this.#socket = await startTls(socket, settings.tls.options);
    signal.throwIfAborted();
    this.stage = "startup";
    this.encrypted = true;
    return this.#socket;
  }

  /** Closes the connection at once. Safe to call at any time; never fails. */
  async close(): Promise<void> {
    // It is given up anyway, and why it is says more than how that went.
    await this.#socket?.close().catch(() => {});
  }
}

async function dialServer(
  dial: Dial,
  address: SocketAddress,
  signal: AbortSignal,
): Promise<Socket> {
  try {
    return await dial(address, { signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConnectionError(
      `Cannot connect to ${describeAddress(address)}: ${reason}; ${
        address.transport === "tcp"
          ? "check host and port, that the server runs and that its listen_addresses include this one"
          : "check that the server runs and that its unix_socket_directories include this one"
      }`,
      { cause },
    );
  }
}

/** Writes an address for people to read. */
export function describeAddress(address: SocketAddress): string {
  if (address.transport === "unix") return address.path;
  const { hostname, port } = address;
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
