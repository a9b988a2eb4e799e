import { ConnectionError } from "../errors.ts";
import type {
  Dial,
  DialOptions,
  Socket,
  SocketAddress,
} from "../socket/socket.ts";
import type { ConnectionSettings } from "../connection/connection_settings.ts";
import type { ConnectionTarget } from "../connection/connection_targets.ts";
import { describeAddress } from "./describe_address.ts";
import { requestTls, startTls } from "./tls.ts";

/** Whether to request TLS, and whether to continue without it. */
export type Encryption = "never" | "if possible" | "always";

/** Options for a {@linkcode LoginAttempt}. */
export interface LoginAttemptOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** How to encrypt. */
  readonly settings: ConnectionSettings;
  /** The address, and the identity to verify. */
  readonly target: ConnectionTarget;
  /** Aborts: closes the connection, whatever is in progress on it. */
  readonly signal: AbortSignal;
  /** Whether to request TLS. */
  readonly encryption: Encryption;
}

/** An open connection on which nothing but TLS has been negotiated. */
export class LoginAttempt {
  /** The progress of the connection, which determines what a failure means. */
  stage: "dialling" | "handshake" | "startup" | "challenged" = "dialling";
  /** Whether the connection is encrypted. */
  encrypted = false;
  readonly #options: LoginAttemptOptions;
  #socket: Socket | undefined;

  /** @param options How to open it. */
  constructor(options: LoginAttemptOptions) {
    this.#options = options;
  }

  /** Aborts all waits of this attempt. */
  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /**
   * Connects, and starts TLS if required.
   *
   * @throws {ConnectionError} If the server cannot be reached.
   * @throws {AuthenticationError} If the server refuses TLS although it is required, or its
   * certificate is not trusted.
   */
  async open(): Promise<Socket> {
    const { dial, settings, target, signal, encryption } = this.#options;
    const { keepAlive, keepAliveIdleMs, tls } = settings;
    const isPlain = encryption === "never" || tls === undefined ||
      target.address.transport === "unix";
    const socket = await dialServer(dial, target.address, {
      signal,
      keepAlive,
      isPlain,
      ...(keepAliveIdleMs === undefined ? {} : { keepAliveIdleMs }),
    });
    this.#socket = socket;
    signal.throwIfAborted();
    this.stage = "startup";
    if (isPlain) return socket;
    if (!tls.direct && !await requestTls(socket)) {
      if (encryption === "if possible") return socket;
      const { tlsMissing } = await import("./refusals.ts");
      throw tlsMissing(describeAddress(target.address), tls.sslmode);
    }
    this.stage = "handshake";
    const secure = await startTls(socket, {
      ...tls.options,
      hostname: target.host ?? hostnameOf(target.address),
    });
    this.#socket = secure;
    signal.throwIfAborted();
    this.stage = "startup";
    this.encrypted = true;
    return secure;
  }

  /** The server's certificate in DER, if the runtime provides it. */
  get serverCertificate(): Uint8Array | undefined {
    return this.#socket?.peerCertificate;
  }

  /** The address. */
  get target(): ConnectionTarget {
    return this.#options.target;
  }

  /** Closes the connection immediately. Safe to call at any time; never fails. */
  async close(): Promise<void> {
    // The attempt is abandoned anyway, and the reason for that matters more than this error.
    await this.#socket?.close().catch(() => {});
  }
}

async function dialServer(
  dial: Dial,
  address: SocketAddress,
  options: DialOptions,
): Promise<Socket> {
  try {
    return await dial(address, options);
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConnectionError(
      `Cannot connect to ${
        describeAddress(address)
      }: ${reason}; check host and port, and that the server runs and listens there (listen_addresses, unix_socket_directories)`,
      { cause },
    );
  }
}

function hostnameOf(address: SocketAddress): string {
  return address.transport === "tcp" ? address.hostname : address.path;
}
