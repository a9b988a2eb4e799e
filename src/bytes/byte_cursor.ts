import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import { decodeText } from "./decode_text.ts";

/**
 * A cursor over one message, with the guarantees of ByteReader: whatever the peer
 * claims ends in a {@linkcode ProtocolError}.
 *
 * It is for the messages that come by the million. It makes no DataView unless a
 * 64-bit integer is read, and no view of the bytes for a text; rows of four short
 * columns decode about twice as fast with it (4.2 against 2.1 million a second
 * with Deno 2.9, 3.4 against 2.0 with Node 20, on one machine).
 */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #view: DataView | undefined = undefined;
  #at = 0;

  /**
   * @param bytes One whole message.
   * @param what The message's name, for errors.
   */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** An unsigned byte. */
  uint8(): number {
    return this.#byte(this.#take(1));
  }

  /** A signed 16-bit integer. */
  int16(): number {
    const at = this.#take(2);
    return (this.#byte(at) << 24 >> 16) | this.#byte(at + 1);
  }

  /** A signed 32-bit integer. */
  int32(): number {
    const at = this.#take(4);
    return this.#byte(at) << 24 | this.#byte(at + 1) << 16 |
      this.#byte(at + 2) << 8 | this.#byte(at + 3);
  }

  /** An unsigned 32-bit integer: an OID or a transaction id. */
  uint32(): number {
    return this.int32() >>> 0;
  }

  /** A signed 64-bit integer: a time. */
  int64(): bigint {
    const at = this.#take(8);
    return this.#dataView().getBigInt64(at);
  }

  /** An unsigned 64-bit integer that is a WAL position. */
  lsn(): Lsn {
    const at = this.#take(8);
    return this.#dataView().getBigUint64(at) as Lsn;
  }

  /** Text up to the next zero byte. */
  string(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw this.error("a string without an end");
    const text = decodeText(this.#bytes, this.#at, end);
    this.#at = end + 1;
    return text;
  }

  /** The next bytes, as text. */
  text(length: number): string {
    const start = this.#take(length);
    return decodeText(this.#bytes, start, start + length);
  }

  /** The next bytes, as a copy that outlives the message. */
  copy(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.slice(start, start + length);
  }

  /**
   * Checks a number of things to come against the bytes that are left, so that no
   * room is made for things that can't be there.
   *
   * @param count What the message says.
   * @param size The bytes that one of them takes at least.
   * @returns The count.
   */
  count(count: number, size: number): number {
    if (count >= 0 && count * size <= this.remaining) return count;
    throw this.error(
      `a count of ${count}, for which ${this.remaining} bytes are left,`,
    );
  }

  /**
   * Refuses a message that is longer than what was read of it.
   *
   * @throws {ProtocolError} If bytes are left.
   */
  end(): void {
    if (this.remaining > 0) {
      throw new ProtocolError(
        `Cannot decode ${this.#what}: ${this.remaining} unexpected bytes after byte ${this.#at}`,
      );
    }
  }

  /** Says what is wrong with the message, and before which byte it was seen. */
  error(problem: string): ProtocolError {
    return new ProtocolError(
      `Cannot decode ${this.#what}: ${problem} at byte ${this.#at}`,
    );
  }

  // The caller has taken the byte, so that it is there.
  #byte(at: number): number {
    return this.#bytes[at] ?? 0;
  }

  #dataView(): DataView {
    const { buffer, byteOffset, length } = this.#bytes;
    return this.#view ??= new DataView(buffer, byteOffset, length);
  }

  #take(length: number): number {
    const start = this.#at;
    if (length < 0 || length > this.#bytes.length - start) {
      throw this.error(`${length} bytes wanted, ${this.remaining} left,`);
    }
    this.#at = start + length;
    return start;
  }
}
