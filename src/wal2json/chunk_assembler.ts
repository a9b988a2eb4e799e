import { ProtocolError } from "../errors.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reassembles what the option `write-in-chunks` has split: the payloads from the first up to
 * the one that closes the last bracket. Complete payloads pass unchanged.
 */
export class ChunkAssembler {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #length = 0;
  #depth = 0;
  #inString = false;

  /** @param maxBytes The maximum size of a document, in bytes. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a document has begun that has not ended yet. */
  get isOpen(): boolean {
    return this.#length > 0;
  }

  /**
   * Adds the next payload.
   *
   * @param data The payload, which is copied if it must be kept.
   * @returns The complete document, or `null` while it is incomplete.
   * @throws {RangeError} If it becomes too large.
   * @throws {ProtocolError} If a bracket is closed that was not opened.
   */
  push(data: Uint8Array): Uint8Array | null {
    this.#scan(data);
    if (this.#depth < 0) {
      throw new ProtocolError(
        "Cannot decode a wal2json message: it closes more brackets than it opens",
      );
    }
    const isWhole = this.#depth === 0 && !this.#inString;
    if (isWhole && this.#length === 0) return data;
    this.#length += data.length;
    if (this.#length > this.#maxBytes) {
      throw new RangeError(
        `Cannot reassemble a transaction of more than ${this.#maxBytes} bytes: use format-version 2, which sends each change on its own, or raise maxBytes`,
      );
    }
    this.#chunks.push(data.slice());
    return isWhole ? this.#join() : null;
  }

  #scan(data: Uint8Array): void {
    for (let i = 0; i < data.length; i++) {
      const byte = data[i];
      if (this.#inString) {
        if (byte === BACKSLASH) i++;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) {
        this.#inString = true;
      } else if (byte === 0x7b /* { */ || byte === 0x5b /* [ */) {
        this.#depth++;
      } else if (byte === 0x7d /* } */ || byte === 0x5d /* ] */) {
        this.#depth--;
      }
    }
  }

  #join(): Uint8Array {
    const document = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      document.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [];
    this.#length = 0;
    return document;
  }
}
