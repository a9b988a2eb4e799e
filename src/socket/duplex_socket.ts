import type { ReadGate } from "./read_gate.ts";
import type { Socket, TlsOptions } from "./socket.ts";

/** What is used of a `Duplex` of `node:stream`. */
export interface Duplex {
  /** Calls back on an event, each time. */
  on(event: string, listener: (argument: Uint8Array | Error) => void): unknown;
  /** How many bytes it has read and not emitted. */
  readonly readableLength: number;
  /** Emits no more `data` until told to. */
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
  /** Closes both directions at once. */
  destroy(): unknown;
}

/** What {@linkcode DuplexSocket} takes besides the Duplex. */
export interface DuplexSocketOptions {
  /** What {@linkcode Socket.startTls} does. */
  readonly startTls: (options: TlsOptions) => Promise<Socket>;
  /**
   * To be opened when bytes are wanted and closed when some have come, for a Duplex
   * which reads on although it is paused.
   */
  readonly gate?: ReadGate;
  /** What {@linkcode Socket.peerCertificate} is, once the handshake is over. */
  readonly peerCertificate?: () => Uint8Array | undefined;
}

/**
 * A connection of `node:net` or `node:tls` as a {@linkcode Socket}. Nothing is read
 * ahead of demand but what the Duplex itself buffers.
 */
export class DuplexSocket implements Socket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #duplex: Duplex;
  readonly #options: DuplexSocketOptions;
  readonly #gone: Promise<void>;
  // Whether the readable has ended, which it can't be asked for.
  #ended = false;
  #closed = false;

  /**
   * @param duplex The open connection.
   * @param options What it can't do by itself.
   */
  constructor(duplex: Duplex, options: DuplexSocketOptions) {
    this.#duplex = duplex;
    this.#options = options;
    this.#gone = new Promise((resolve) => duplex.on("close", () => resolve()));
    duplex.pause();
    this.readable = new ReadableStream({
      start: (controller) => this.#listen(controller),
      pull: () => this.#pull(),
      cancel: () => {
        this.#ended = true;
        return this.close();
      },
    }, { highWaterMark: 0 });
    this.writable = new WritableStream({
      write: (chunk) =>
        new Promise((resolve, reject) => {
          duplex.write(chunk, (error) => error ? reject(error) : resolve());
        }),
      close: () => new Promise((resolve) => duplex.end(resolve)),
    });
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

  #pull(): void {
    if (this.#duplex.readableLength === 0) this.#options.gate?.open();
    this.#duplex.resume();
  }

  #listen(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const finish = (error?: Error) => {
      if (this.#ended) return;
      this.#ended = true;
      // A read that ends because this side closed is an end, not an error.
      if (error === undefined || this.#closed) controller.close();
      else controller.error(error);
    };
    this.#duplex.on("data", (chunk) => {
      this.#options.gate?.close();
      this.#duplex.pause();
      if (!this.#ended) controller.enqueue(asBytes(chunk as Uint8Array));
    });
    this.#duplex.on("end", () => finish());
    this.#duplex.on("error", (error) => finish(error as Error));
    this.#duplex.on("close", () => finish());
  }
}

// Node's Buffer overrides methods of Uint8Array with others of the same name: its
// slice() does not copy.
function asBytes(chunk: Uint8Array): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
