import type { Socket as NodeConnection } from "node:net";
import { chunkStream } from "./chunk_stream.ts";
import { asBytes, type Duplex, joined, writableOf } from "./duplex_socket.ts";
import { ReadBuffer } from "./read_buffer.ts";
import type { Socket, TlsOptions } from "./socket.ts";

/** The size of the buffer to read into. */
const CAPACITY_BYTES = 2 ** 16;
/** The number of bytes that are delivered without looking for more: joining copies them. */
const LARGE_READ_BYTES = 2 ** 14;

/** The options by which `connect()` of `node:net` passes on what it reads. */
export interface OnRead {
  /** Returns the buffer to read into. */
  readonly buffer: () => Uint8Array;
  /** Called with the number of bytes read, and the buffer that has them. */
  readonly callback: (length: number, bytes: Uint8Array) => boolean;
}

/** The part of a connection of `node:net` in use. */
export interface Connection extends Omit<Duplex, "on" | "readableLength"> {
  /** Registers a listener for an event. */
  // deno-lint-ignore no-explicit-any
  on(event: string, listener: (argument: any) => void): unknown;
  /** Removes the listeners for an event. */
  removeAllListeners(event: string): unknown;
}

/** The parts of a {@linkcode NetSocket} besides its connection. */
export interface NetSocketOptions<Of extends Connection> {
  /** Opens the connection, which calls back with what it reads. */
  readonly connect: (onread: OnRead) => Of;
  /** The implementation of {@linkcode Socket.startTls}. */
  readonly startTls: (
    connection: Of,
    options: TlsOptions,
  ) => Promise<Socket>;
  /** Calls back once everything that is ready has been read. */
  readonly afterPoll: (callback: () => void) => unknown;
}

interface PendingRead {
  readonly resolve: (result: ReadableStreamReadResult<Uint8Array>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A plain connection of `node:net`. It bypasses the stream of `node:stream`, which takes
 * several times as long for each chunk as reading it does.
 *
 * Reading stops at the first bytes that nobody waits for, not after each chunk: a reader usually
 * asks again before more bytes arrive.
 */
export class NetSocket<Of extends Connection = NodeConnection>
  implements Socket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** The connection. */
  readonly connection: Of;
  readonly #options: NetSocketOptions<Of>;
  readonly #gone: Promise<void>;
  readonly #buffer = new ReadBuffer(CAPACITY_BYTES);
  #closed = false;
  // How the reading side ended, if it has.
  #end: { readonly error: Error | undefined } | null = null;
  #pending: PendingRead | null = null;
  // The bytes that were read while nobody waited.
  #early: Uint8Array[] = [];
  #earlySize = 0;
  #isReading = false;

  /** @param options How to connect and to start TLS. */
  constructor(options: NetSocketOptions<Of>) {
    this.#options = options;
    const connection = options.connect({
      buffer: () => this.#buffer.space(),
      callback: (length, bytes) => this.#receive(length, bytes),
    });
    this.connection = connection;
    connection.pause();
    // A runtime that ignores `onread` emits the bytes.
    connection.on("data", (bytes) => this.#receive(bytes.length, bytes));
    const finish = (error?: Error) => this.#finish(error);
    connection.on("end", () => finish());
    connection.on("error", finish);
    connection.on("close", () => finish());
    this.#gone = new Promise((resolve) => connection.on("close", resolve));
    this.readable = chunkStream(this);
    this.writable = writableOf(connection);
  }

  async startTls(options: TlsOptions): Promise<Socket> {
    this.#stopReading();
    // From here on the encrypted stream reads.
    this.connection.removeAllListeners("data");
    if (this.#earlySize > 0) {
      throw new Error("the server has sent something before the handshake");
    }
    return await this.#options.startTls(this.connection, options);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.connection.destroy();
    return this.#gone;
  }

  readChunk(): Promise<ReadableStreamReadResult<Uint8Array>> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      if (this.#end !== null || this.#earlySize >= LARGE_READ_BYTES) {
        return this.#deliver();
      }
      // Few bytes came while nobody waited, and more may have come since.
      if (this.#earlySize > 0) this.#options.afterPoll(() => this.#deliver());
      if (this.#isReading) return;
      this.#isReading = true;
      this.connection.resume();
    });
  }

  #receive(length: number, bytes: Uint8Array): boolean {
    // Bun may pass a buffer of its own.
    const value = bytes === this.#buffer.space()
      ? this.#buffer.take(length)
      : asBytes(bytes.subarray(0, length));
    const pending = this.#pending;
    if (pending !== null && this.#earlySize === 0) {
      this.#pending = null;
      pending.resolve({ done: false, value });
      return true;
    }
    this.#early.push(value);
    this.#earlySize += length;
    if (pending === null) this.#stopReading();
    else this.#deliver();
    return true;
  }

  #stopReading(): void {
    this.#isReading = false;
    this.connection.pause();
  }

  #finish(error?: Error): void {
    // A read that ends because this side closed is an end, not an error.
    this.#end ??= { error: this.#closed ? undefined : error };
    this.#deliver();
  }

  // Answers the pending read with the bytes that have arrived, or with the end.
  #deliver(): void {
    const pending = this.#pending;
    if (pending === null) return;
    if (this.#earlySize > 0) {
      const value = joined(this.#early, this.#earlySize);
      this.#early = [];
      this.#earlySize = 0;
      this.#pending = null;
      return pending.resolve({ done: false, value });
    }
    if (this.#end === null) return;
    this.#pending = null;
    if (this.#end.error === undefined) pending.resolve({ done: true });
    else pending.reject(this.#end.error);
  }
}

/**
 * Waits until a socket is connected. A socket that fails is closed.
 *
 * @param socket The socket.
 * @param signal Ends the wait, which then rejects with the signal's reason.
 */
export async function opened<Of extends Connection>(
  socket: NetSocket<Of>,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const abort = () => void socket.close();
  signal?.addEventListener("abort", abort);
  try {
    // Modules may have been loaded since the signal was last looked at.
    signal?.throwIfAborted();
    await emitted(socket.connection, "connect");
    return socket;
  } catch (error) {
    await socket.close();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** Waits for an event. An error or the end of the connection ends the wait. */
export async function emitted(
  connection: Connection,
  event: string,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    connection.on(event, () => resolve());
    connection.on("error", reject);
    connection.on(
      "close",
      () => reject(new Error("the connection was closed")),
    );
  });
}
