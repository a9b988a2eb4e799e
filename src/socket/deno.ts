/**
 * Sockets and environment of Deno, for the functions that take them as arguments.
 *
 * @example
 * ```ts
 * import { dial, environment } from "@walbrook/walbrook/deno";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const socket = await dial({
 *   transport: "tcp",
 *   hostname: "127.0.0.1",
 *   port: listener.addr.port,
 * });
 * await socket.close();
 *
 * assertEquals(environment.get("NOT_SET_ANYWHERE"), undefined);
 * ```
 *
 * @module
 */
import { chunkStream } from "./chunk_stream.ts";
import { decodeLatin1, decodeText } from "./native_text_decoder.ts";
import { createUnnamed } from "./deno_file.ts";
import { closeOnce, ConnectionReads, writeAll } from "./deno_connection.ts";
import { startTls } from "./deno_tls.ts";
import { ReadBuffer } from "./read_buffer.ts";
import type {
  DialOptions,
  Environment,
  FileDescription,
  OpenTemporaryFile,
  Socket,
  SocketAddress,
  TlsOptions,
} from "./socket.ts";

/**
 * Opens a TCP or unix-domain connection with `Deno.connect()`; for TCP with `TCP_NODELAY` and
 * keep-alive probes. Requires `--allow-net` for that address, or `--allow-read` and
 * `--allow-write` for the socket's file.
 *
 * @param address The address to connect to.
 * @param options The signal, and keep-alive settings.
 * @returns The open, unencrypted connection.
 * @throws {Deno.errors.ConnectionRefused} If nothing listens there.
 *
 * @example
 * ```ts
 * import { dial } from "@walbrook/walbrook/deno";
 * import { assertRejects } from "@std/assert";
 *
 * const signal = AbortSignal.abort(new Error("No more interest"));
 * await assertRejects(
 *   () => dial({ transport: "tcp", hostname: "127.0.0.1", port: 1 }, { signal }),
 *   Error,
 *   "No more interest",
 * );
 * ```
 */
export async function dial(
  address: SocketAddress,
  options: DialOptions = {},
): Promise<Socket> {
  const { signal } = options;
  signal?.throwIfAborted();
  const connection = address.transport === "unix"
    ? await connectUnix(address.path)
    : await connectTcp(address, options);
  if (signal?.aborted) {
    connection.close();
    throw signal.reason;
  }
  return new DenoSocket(connection);
}

/**
 * The environment of a Deno process. A variable that may not be read counts as not set,
 * without a permission prompt; files are read with `Deno.readTextFile()`. Temporary files are
 * available if their directory (`TMPDIR`, or `/tmp`) may be read and written.
 *
 * @example
 * ```ts
 * import { environment } from "@walbrook/walbrook/deno";
 *
 * const host = environment.get("PGHOST") ?? "localhost";
 * ```
 */
export const environment: Environment = {
  get(name: string): string | undefined {
    const permission = Deno.permissions.querySync({
      name: "env",
      variable: name,
    });
    return permission.state === "granted" ? Deno.env.get(name) : undefined;
  },
  async readTextFile(path: string): Promise<string> {
    return await Deno.readTextFile(path);
  },
  async describeFile(path: string): Promise<FileDescription | null> {
    const { state } = await Deno.permissions.query({ name: "read", path });
    if (state !== "granted") return null;
    try {
      const { isFile, mode, uid } = await Deno.stat(path);
      return Deno.build.os === "windows"
        ? { isFile, mode: null, ownerId: null }
        : { isFile, mode, ownerId: uid };
    } catch {
      return null;
    }
  },
  decodeText,
  decodeLatin1,
  get openTemporaryFile(): OpenTemporaryFile | undefined {
    return mayUseTemporaryFiles() ? createUnnamed : undefined;
  },
};

function mayUseTemporaryFiles(): boolean {
  const directory = Deno.build.os === "windows"
    ? {}
    : { path: environment.get("TMPDIR") ?? "/tmp" };
  return (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name, ...directory }).state === "granted"
  );
}

type TcpAddress = Extract<SocketAddress, { transport: "tcp" }>;

/** How long an aborted attempt may take to end, in milliseconds. */
const GRACE_MS = 100;
/**
 * The size of the pieces in which the bytes of one read are delivered. Smaller reads would be
 * slower; with larger pieces, more messages are alive at a garbage collection, for which V8
 * grows its heap permanently.
 */
const CHUNK_BYTES = 2 ** 16;
const NOTHING: Uint8Array = new Uint8Array(0);

// Deno.connect() leaks a connection that is established at the very moment when its signal is
// aborted, so it gets a delayed signal: by then most attempts have ended.
async function connectTcp(
  { hostname, port }: TcpAddress,
  { signal, keepAlive = true }: DialOptions,
): Promise<Deno.Conn> {
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abort = () => {
    timer = setTimeout(() => late.abort(), GRACE_MS);
  };
  signal?.addEventListener("abort", abort);
  try {
    const connection = await Deno.connect({
      hostname,
      port,
      signal: late.signal,
    });
    connection.setNoDelay();
    connection.setKeepAlive(keepAlive);
    return connection;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

async function connectUnix(path: string): Promise<Deno.Conn> {
  return await Deno.connect({ transport: "unix", path });
}

class DenoSocket implements Socket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #connection: Deno.Conn;
  readonly #reads: ConnectionReads;
  readonly #buffer = new ReadBuffer();
  // What remains of the last read.
  #rest: Uint8Array = NOTHING;
  #closed = false;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.#reads = new ConnectionReads(connection);
    this.readable = chunkStream(this);
    this.writable = new WritableStream({
      write: (chunk) => writeAll(connection, chunk),
      close: () => connection.closeWrite(),
    });
  }

  async startTls(options: TlsOptions): Promise<Socket> {
    if (this.readable.locked || this.writable.locked) {
      throw new TypeError("Cannot start TLS: a stream of the socket is locked");
    }
    return await startTls(this.#connection, options);
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      closeOnce(this.#connection);
      this.#reads.stop();
    }
    return Promise.resolve();
  }

  async readChunk(): Promise<ReadableStreamReadResult<Uint8Array>> {
    let bytes = this.#rest;
    if (bytes === NOTHING) {
      const length = await this.#read();
      if (length === null) return { done: true };
      bytes = this.#buffer.take(length);
    }
    const isLast = bytes.length <= CHUNK_BYTES;
    this.#rest = isLast ? NOTHING : bytes.subarray(CHUNK_BYTES);
    return { done: false, value: bytes.subarray(0, CHUNK_BYTES) };
  }

  // A read that ends because this side closed the connection is an end, not an error.
  async #read(): Promise<number | null> {
    if (this.#closed) return null;
    try {
      return await this.#reads.read(this.#buffer.space());
    } catch (error) {
      if (this.#closed) return null;
      throw error;
    }
  }
}
