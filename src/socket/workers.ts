/**
 * Sockets and environment of Cloudflare Workers (workerd), by `cloudflare:sockets`.
 *
 * A Worker's TLS always verifies the certificate and the name against the runtime's own list
 * of authorities, and has no other options. Of libpq's `sslmode`s it therefore supports
 * `verify-full` with `sslrootcert=system`, which is what {@linkcode environment} requests,
 * and `disable`; the others, custom root certificates and client certificates are rejected.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { dial, environment } from "@walbrook/walbrook/workers";
 *
 * const subscription = await subscribe({
 *   connection: "postgres://app@db.example.com/shop",
 *   slot: "search_indexer",
 *   publication: "shop",
 *   until: "now",
 *   dial,
 *   environment,
 * });
 * ```
 *
 * @module
 */
import type {
  DialOptions,
  Environment,
  Socket,
  SocketAddress,
  TlsOptions,
} from "./socket.ts";

// The part of a socket of `cloudflare:sockets` in use.
interface WorkersConnection {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
  readonly opened: Promise<unknown>;
  readonly closed: Promise<void>;
  close(): Promise<void>;
  startTls(
    options?: { readonly expectedServerHostname: string },
  ): WorkersConnection;
}

const READ_BYTES = 64 * 1024;

/**
 * Opens a TCP connection with `connect()` of `cloudflare:sockets`. Like any connection of a
 * Worker, it belongs to the request, alarm or Durable Object that opened it.
 *
 * @param address The address to connect to; not a unix-domain socket.
 * @param options The signal.
 * @returns The open, unencrypted connection.
 * @throws {TypeError} If the address is a unix-domain socket.
 *
 * @example
 * ```ts ignore
 * import { dial } from "@walbrook/walbrook/workers";
 *
 * const socket = await dial({
 *   transport: "tcp",
 *   hostname: "db.example.com",
 *   port: 5432,
 * });
 * await socket.close();
 * ```
 */
export async function dial(
  address: SocketAddress,
  options: DialOptions = {},
): Promise<Socket> {
  const { signal } = options;
  signal?.throwIfAborted();
  if (address.transport === "unix") {
    throw new TypeError(
      "Cannot use a unix-domain socket: Workers have none; give a host name",
    );
  }
  const { hostname, port } = address;
  // Not imported at the top, so that tools without that module can read this one.
  const { connect } = await import("cloudflare:sockets");
  const connection: WorkersConnection = connect({ hostname, port }, {
    secureTransport: "starttls",
    allowHalfOpen: true,
  });
  const socket = new WorkersSocket(connection, hostname);
  try {
    await openedUnlessAborted(connection, signal);
    return socket;
  } catch (error) {
    // Not awaited: it does not settle for a connection that is still being established.
    void socket.close();
    throw error;
  }
}

async function openedUnlessAborted(
  connection: WorkersConnection,
  signal: AbortSignal | undefined,
): Promise<void> {
  await new Promise<unknown>((resolve, reject) => {
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    connection.opened.then(resolve, reject).finally(() =>
      signal?.removeEventListener("abort", abort)
    );
  });
}

// A Worker has neither variables nor files, but it has one kind of TLS.
const VARIABLES: Readonly<Record<string, string>> = {
  PGSSLMODE: "verify-full",
  PGSSLROOTCERT: "system",
};

/**
 * The environment of a Worker: `PGSSLMODE` is `verify-full` and `PGSSLROOTCERT` is `system`,
 * the only mode of TLS in Workers. No other variable is set.
 *
 * @example
 * ```ts ignore
 * import { environment } from "@walbrook/walbrook/workers";
 *
 * console.log(environment.get("PGSSLMODE")); // "verify-full"
 * ```
 */
export const environment: Environment = {
  get(name: string): string | undefined {
    return Object.hasOwn(VARIABLES, name) ? VARIABLES[name] : undefined;
  },
};

class WorkersSocket implements Socket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #connection: WorkersConnection;
  readonly #hostname: string;
  #reader: ReadableStreamBYOBReader | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  // The encrypted connection that has replaced this one.
  #successor: WorkersSocket | undefined;
  #giveUp: () => void = () => {};
  #closed = false;

  constructor(connection: WorkersConnection, hostname: string) {
    this.#connection = connection;
    this.#hostname = hostname;
    // Pending reads and writes get the error from the streams.
    connection.opened.catch(() => {});
    connection.closed.catch(() => {});
    this.readable = new ReadableStream({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
    // The connection's own stream can't be aborted while it is locked.
    this.writable = new WritableStream({
      write: (chunk) => this.#writes().write(chunk),
      close: () => this.#writes().close(),
      abort: () => this.close(),
    });
  }

  async startTls(options: TlsOptions): Promise<Socket> {
    if (!isPlain(options)) {
      const { checkTls } = await import("./workers_tls.ts");
      checkTls(options);
    }
    if (this.readable.locked || this.writable.locked) {
      throw new TypeError("Cannot start TLS: a stream of the socket is locked");
    }
    this.#reader?.releaseLock();
    this.#writer?.releaseLock();
    const { hostname } = options;
    // The dialled name is expected by default, and some versions of the runtime reject any
    // explicit name.
    const connection = hostname === this.#hostname
      ? this.#connection.startTls()
      : this.#connection.startTls({ expectedServerHostname: hostname });
    const socket = new WorkersSocket(connection, hostname);
    this.#successor = socket;
    try {
      await socket.#opened();
      return socket;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `${reason} (the handshake failed, or the certificate is not one of a public authority for ${hostname})`,
        { cause },
      );
    }
  }

  // A handshake that this side aborts does not settle on its own.
  async #opened(): Promise<void> {
    await new Promise<unknown>((resolve, reject) => {
      this.#giveUp = () => reject(new Error("the connection was closed"));
      this.#connection.opened.then(resolve, reject);
    });
  }

  async close(): Promise<void> {
    if (this.#successor !== undefined) return await this.#successor.close();
    if (this.#closed) return;
    this.#closed = true;
    this.#giveUp();
    // close() waits until the server has accepted what is being written. Once a write is
    // aborted, a pending read must be ended as well.
    await Promise.allSettled([
      this.#writes().abort(),
      this.#reads().cancel(),
      this.#connection.close(),
    ]);
  }

  #reads(): ReadableStreamBYOBReader {
    this.#reader ??= this.#connection.readable.getReader({ mode: "byob" });
    return this.#reader;
  }

  #writes(): WritableStreamDefaultWriter<Uint8Array> {
    this.#writer ??= this.#connection.writable.getWriter();
    return this.#writer;
  }

  // Reads into a buffer of its own, since workerd's default is 4 KiB at a time.
  async #pull(
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    const chunk = await this.#read();
    if (chunk === null) controller.close();
    else controller.enqueue(chunk);
  }

  // A read that ends because this side closed the connection is an end, not an error.
  async #read(): Promise<Uint8Array | null> {
    if (this.#closed) return null;
    try {
      const { done, value } = await this.#reads().read(
        new Uint8Array(READ_BYTES),
      );
      return done ? null : value;
    } catch (error) {
      if (this.#closed) return null;
      throw error;
    }
  }
}

function isPlain({ hostname: _, verify, ...others }: TlsOptions): boolean {
  return verify === "full" && Object.keys(others).length === 0;
}
