import { chunkStream } from "./chunk_stream.ts";
import type { ReadGate } from "./read_gate.ts";
import type { Socket, TlsOptions } from "./socket.ts";

/** The part of `Duplex` of `node:stream` in use. */
export interface Duplex {
  /** Registers a listener for an event. */
  on(event: string, listener: (argument: Uint8Array | Error) => void): unknown;
  /** The number of bytes read and not yet emitted. */
  readonly readableLength: number;
  /** Stops emitting `data` until resumed. */
  pause(): unknown;
  /** Emits `data` again. */
  resume(): unknown;
  /** Writes, and calls back when that is done. */
  write(
    chunk: Uint8Array,
    done: (error?: Error | null) => void,
  ): unknown;
  /** Ends the writing side. */
  end(done: () => void): unknown;
  /** Closes both directions immediately. */
  destroy(): unknown;
}

/** The parts of a {@linkcode DuplexSocket} besides the Duplex. */
export interface DuplexSocketOptions {
  /** The implementation of {@linkcode Socket.startTls}. */
  readonly startTls: (options: TlsOptions) => Promise<Socket>;
  /**
   * A gate to open when bytes are wanted and to close when some have arrived, for a Duplex
   * that keeps reading even while paused.
   */
  readonly gate?: ReadGate;
  /**
   * Calls back when everything from one read has been emitted, for a Duplex that emits it in
   * many small pieces: they are delivered as one chunk, or once they reach 64 KiB.
   *
   * @default {undefined} each piece is delivered as it is
   */
  readonly afterRead?: (callback: () => void) => unknown;
  /** Returns {@linkcode Socket.peerCertificate} once the handshake is complete. */
  readonly peerCertificate?: () => Uint8Array | undefined;
}

/** The number of bytes that are delivered without waiting for more of the same read. */
const MIN_READ_BYTES = 2 ** 16;

/**
 * Adapts a connection of `node:net` or `node:tls` to {@linkcode Socket}. Nothing is read
 * ahead of demand, except what the Duplex itself buffers.
 */
export class DuplexSocket implements Socket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #duplex: Duplex;
  readonly #options: DuplexSocketOptions;
  readonly #gone: Promise<void>;
  #closed = false;
  // How the reading side ended, if it has.
  #end: { readonly error: Error | undefined } | null = null;
  // The bytes emitted since the last delivery.
  #pieces: Uint8Array[] = [];
  #size = 0;
  // The pending read, and chunks that arrived without one.
  #pending: PendingRead | null = null;
  readonly #chunks: Uint8Array[] = [];

  /**
   * @param duplex The open connection.
   * @param options What it can't do itself.
   */
  constructor(duplex: Duplex, options: DuplexSocketOptions) {
    this.#duplex = duplex;
    this.#options = options;
    this.#gone = new Promise((resolve) => duplex.on("close", () => resolve()));
    duplex.pause();
    this.#listen();
    this.readable = chunkStream(this);
    this.writable = writableOf(duplex);
  }

  get peerCertificate(): Uint8Array | undefined {
    return this.#options.peerCertificate?.();
  }

  startTls(options: TlsOptions): Promise<Socket> {
    return this.#options.startTls(options);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#duplex.destroy();
    return this.#gone;
  }

  readChunk(): Promise<ReadableStreamReadResult<Uint8Array>> {
    const value = this.#chunks.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      if (this.#end !== null) return this.#endRead(this.#end);
      if (this.#duplex.readableLength === 0) this.#options.gate?.open();
      this.#duplex.resume();
    });
  }

  #listen(): void {
    const { gate, afterRead = (callback) => callback() } = this.#options;
    const deliver = () => this.#deliver();
    const finish = (error?: Error) => {
      deliver();
      // A read that ends because this side closed is an end, not an error.
      this.#end ??= { error: this.#closed ? undefined : error };
      this.#endRead(this.#end);
    };
    this.#duplex.on("data", (chunk) => {
      gate?.close();
      const piece = chunk as Uint8Array;
      this.#pieces.push(piece);
      this.#size += piece.length;
      if (this.#size >= MIN_READ_BYTES) deliver();
      else if (this.#pieces.length === 1) afterRead(deliver);
    });
    this.#duplex.on("end", () => finish());
    this.#duplex.on("error", (error) => finish(error as Error));
    this.#duplex.on("close", () => finish());
  }

  #deliver(): void {
    if (this.#pieces.length === 0) return;
    const value = joined(this.#pieces, this.#size);
    this.#pieces = [];
    this.#size = 0;
    this.#duplex.pause();
    const pending = this.#pending;
    this.#pending = null;
    if (pending === null) this.#chunks.push(value);
    else pending.resolve({ done: false, value });
  }

  #endRead({ error }: { readonly error: Error | undefined }): void {
    const pending = this.#pending;
    this.#pending = null;
    if (error === undefined) pending?.resolve({ done: true });
    else pending?.reject(error);
  }
}

interface PendingRead {
  readonly resolve: (result: ReadableStreamReadResult<Uint8Array>) => void;
  readonly reject: (error: Error) => void;
}

/** Creates the stream that writes to a connection. */
export function writableOf(
  duplex: Pick<Duplex, "write" | "end">,
): WritableStream<Uint8Array> {
  return new WritableStream({
    write: (chunk) =>
      new Promise((resolve, reject) => {
        duplex.write(chunk, (error) => error ? reject(error) : resolve());
      }),
    close: () => new Promise((resolve) => duplex.end(resolve)),
  });
}

/**
 * Joins pieces. A single one is not copied.
 *
 * @param pieces The pieces.
 * @param size Their total size, in bytes.
 */
export function joined(
  pieces: readonly Uint8Array[],
  size: number,
): Uint8Array {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return asBytes(first);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * Returns the bytes of a Buffer, which overrides methods of Uint8Array with others of the
 * same name: its slice() does not copy.
 */
export function asBytes(piece: Uint8Array): Uint8Array {
  return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
}
