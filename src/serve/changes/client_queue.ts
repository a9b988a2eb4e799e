/** The listeners of a {@linkcode ClientQueue}. */
export interface ClientQueueEvents {
  /** Called once, when the reader disconnects or is disconnected. */
  readonly onEnd: () => void;
  /** Called when the reader has read something. */
  readonly onTake: () => void;
}

/**
 * The data waiting for one client. Senders never wait for the client: they check how much is
 * waiting, and disconnect it if that is too much.
 */
export class ClientQueue {
  /** The body of the response. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #events: ClientQueueEvents;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #wanted: (() => void) | null = null;
  #isOver = false;
  #isEnding = false;
  #since = 0;

  /** @param events The listeners. */
  constructor(events: ClientQueueEvents) {
    this.#events = events;
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => this.#end(),
    }, { highWaterMark: 0 });
  }

  /** The number of waiting bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether nothing more can be sent. */
  get isOver(): boolean {
    return this.#isOver || this.#isEnding;
  }

  /** How long the client has read nothing although data is waiting, in milliseconds. */
  stalledMs(now: number): number {
    return this.#parts.length === 0 ? 0 : now - this.#since;
  }

  /** Sends bytes, which other clients may share. */
  push(bytes: Uint8Array): void {
    if (this.isOver) return;
    if (this.#parts.length === 0) this.#since = performance.now();
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    this.#flush();
  }

  /** Ends the response after the waiting data. */
  end(): void {
    if (this.isOver) return;
    this.#isEnding = true;
    if (this.#parts.length === 0) this.#close();
    else this.#flush();
  }

  /** Ends the response immediately, without the waiting data. */
  cut(): void {
    if (this.#isOver) return;
    this.#parts = [];
    this.#bytes = 0;
    this.#close();
  }

  #pull(): Promise<void> | void {
    if (this.#parts.length > 0) return this.#give();
    return new Promise((resolve) => this.#wanted = resolve);
  }

  // Everything sent within one turn is delivered together.
  #flush(): void {
    const wanted = this.#wanted;
    if (wanted === null) return;
    this.#wanted = null;
    queueMicrotask(() => {
      if (!this.#isOver && this.#parts.length > 0) this.#give();
      wanted();
    });
  }

  #give(): void {
    const parts = this.#parts;
    const all = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#bytes = 0;
    this.#controller.enqueue(all);
    if (this.#isEnding) this.#close();
    else this.#events.onTake();
  }

  #close(): void {
    if (this.#isOver) return;
    this.#controller.close();
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts = [];
    this.#bytes = 0;
    this.#wanted?.();
    this.#wanted = null;
    this.#events.onEnd();
  }
}
