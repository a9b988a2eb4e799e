import { Duplex } from "node:stream";
import { Buffer } from "node:buffer";
import { MemoryServer } from "../memory_server.ts";
import type { Recording } from "../recording.ts";

/** A recording in the shape of a socket of `node:net`, for clients that take one. */
export class MemoryStream extends Duplex {
  readonly #server: MemoryServer;
  readonly #waiting: Buffer[] = [];
  #at = 0;
  #wanted = false;
  /** What clients ask before they write. */
  readyState = "open";

  /**
   * @param recording What the server says.
   * @param onStart Is told when the stream begins.
   */
  constructor(recording: Recording, onStart: () => void) {
    super({ readableHighWaterMark: 1 });
    this.#server = new MemoryServer(recording, onStart);
  }

  connect(): this {
    queueMicrotask(() => this.emit("connect"));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    this.#wanted = true;
    this.#pump();
  }

  override _write(
    bytes: Uint8Array,
    _encoding: string,
    done: () => void,
  ): void {
    this.#waiting.push(...this.#server.push(bytes));
    done();
    // A client may not be ready for an answer before its write has returned.
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    while (this.#wanted && this.#at < this.#waiting.length) {
      // A copy, as Node makes a buffer for each read, too: pg-protocol writes into it.
      this.#wanted = this.push(Buffer.from(this.#waiting[this.#at++]!));
    }
  }
}
