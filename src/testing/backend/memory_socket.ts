import type { Socket } from "../../socket/socket.ts";

// Captured before a test replaces the timers.
const { setTimeout, clearTimeout } = globalThis;

/** The time after which a reader that never has to wait lets timers run, in milliseconds. */
const LONGEST_RUN_MS = 8;

/** The server's side of a connection. */
export interface Peer {
  /** Returns what the server has to send now; `null` if there is nothing. */
  readonly produce: () => Uint8Array | null;
  /** Receives what the client sends. */
  readonly receive: (bytes: Uint8Array) => void;
  /** Called once the client has disconnected. */
  readonly onClose: () => void;
  /** Returns the delay until sent data arrives, in milliseconds. */
  readonly delayMs: () => number;
}

/**
 * A connection in memory. Bytes are created when the client reads them, so that a slow client
 * applies backpressure to the server.
 */
export class MemorySocket {
  /** The client's side. */
  readonly socket: Socket;
  readonly #peer: Peer;
  #wake = (): void => {};
  #isOpen = true;
  // How the server has ended it, after everything that it has to send.
  #end: { readonly error: Error | null } | null = null;
  #turnedAt = performance.now();

  /** @param peer The server. */
  constructor(peer: Peer) {
    this.#peer = peer;
    const readable = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const bytes = await this.#next();
        if (bytes !== null) return controller.enqueue(bytes);
        const error = this.#end?.error ?? null;
        if (error !== null && this.#isOpen) controller.error(error);
        else controller.close();
      },
      cancel: () => this.#close(),
    }, { highWaterMark: 0 });
    const writable = new WritableStream<Uint8Array>({
      write: (bytes) => {
        if (!this.#isOpen || this.#end !== null) {
          throw new Error("The fake server has closed the connection");
        }
        this.#peer.receive(bytes);
      },
    });
    this.socket = {
      readable,
      writable,
      startTls: () =>
        Promise.reject(
          new TypeError(
            "Cannot start TLS: the fake server does not support it; leave out sslmode",
          ),
        ),
      close: () => {
        this.#close();
        return Promise.resolve();
      },
    };
  }

  /** Signals that there is something to send. */
  notify(): void {
    this.#wake();
  }

  /**
   * Ends the connection from the server's side.
   *
   * @param error The error of the client's next read; `null` for a regular end after
   * everything that was sent.
   */
  end(error: Error | null): void {
    this.#end ??= { error };
    this.#wake();
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#peer.onClose();
    this.#wake();
  }

  async #next(): Promise<Uint8Array | null> {
    if (performance.now() - this.#turnedAt > LONGEST_RUN_MS) {
      await this.#pause(0);
      this.#turnedAt = performance.now();
    }
    for (;;) {
      if (!this.#isOpen || this.#end?.error) return null;
      const delayMs = this.#peer.delayMs();
      const bytes = this.#peer.produce();
      if (bytes !== null) {
        if (delayMs > 0) await this.#pause(delayMs);
        return this.#isOpen && !this.#end?.error ? bytes : null;
      }
      if (this.#end !== null) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  // Waits, but no longer than until the end of the connection.
  async #pause(ms: number): Promise<void> {
    const end = performance.now() + ms;
    do {
      await new Promise<void>((resolve) => {
        const rest = Math.max(0, end - performance.now());
        const timer = setTimeout(resolve, rest);
        this.#wake = () => {
          const isOver = !this.#isOpen || this.#end?.error;
          if (!isOver) return;
          clearTimeout(timer);
          resolve();
        };
      });
    } while (
      this.#isOpen && !this.#end?.error && performance.now() < end
    );
    this.#wake = () => {};
  }
}
