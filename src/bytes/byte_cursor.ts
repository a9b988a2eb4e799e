import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import { int16At, int32At, int64At, uint64At } from "./big_endian.ts";
import { decodeUtf8 } from "./decode_utf8.ts";

/**
 * A cursor over one message. Every read is checked against the available bytes, so any false
 * claim of the peer ends in a {@linkcode ProtocolError} rather than in `undefined`, a
 * `RangeError` or a read beyond the message.
 *
 * Integers are big-endian, as everywhere in the protocol. Since there may be millions of
 * messages, it creates views of the bytes only on request.
 */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  readonly #start: number;
  readonly #end: number;
  #at: number;

  /**
   * @param bytes One complete message, or bytes that contain it.
   * @param what The message's name, for errors.
   * @param range The start and end of the message.
   */
  constructor(
    bytes: Uint8Array,
    what: string,
    { start, end }: { readonly start: number; readonly end: number } = {
      start: 0,
      end: bytes.length,
    },
  ) {
    this.#bytes = bytes;
    this.#what = what;
    this.#start = start;
    this.#end = end;
    this.#at = start;
  }

  /** The number of remaining bytes. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  /** The bytes that contain the message. */
  get source(): Uint8Array {
    return this.#bytes;
  }

  /** The position of the next read in these bytes. */
  get position(): number {
    return this.#at;
  }

  /** The end of the message in these bytes. */
  get limit(): number {
    return this.#end;
  }

  /** Continues at another position, which the caller knows to be within the message. */
  moveTo(position: number): void {
    this.#at = position;
  }

  /** Returns another cursor, at a position that this one has passed. */
  from(position: number): ByteCursor {
    const range = { start: position, end: this.#end };
    return new ByteCursor(this.#bytes, this.#what, range);
  }

  /** Reads an unsigned byte. */
  uint8(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  /** Reads a signed 16-bit integer. */
  int16(): number {
    return int16At(this.#bytes, this.#take(2));
  }

  /** Reads a signed 32-bit integer. */
  int32(): number {
    return int32At(this.#bytes, this.#take(4));
  }

  /** Reads an unsigned 32-bit integer: an OID or a transaction id. */
  uint32(): number {
    return this.int32() >>> 0;
  }

  /** Reads a signed 64-bit integer: a time. */
  int64(): bigint {
    return int64At(this.#bytes, this.#take(8));
  }

  /** Reads an unsigned 64-bit integer. */
  uint64(): bigint {
    return uint64At(this.#bytes, this.#take(8));
  }

  /** Reads an unsigned 64-bit integer that is a WAL position. */
  lsn(): Lsn {
    return this.uint64() as Lsn;
  }

  /** Reads text up to the next zero byte. */
  string(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0 || end >= this.#end) {
      throw this.error("a string without an end");
    }
    const text = decodeUtf8(this.#bytes, this.#at, end);
    this.#at = end + 1;
    return text;
  }

  /** Reads the next bytes as text. */
  text(length: number): string {
    const start = this.#take(length);
    return decodeUtf8(this.#bytes, start, start + length);
  }

  /** Skips `length` bytes and returns the position where they start. */
  skip(length: number): number {
    return this.#take(length);
  }

  /** Reads the next bytes as a view of the message. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Reads all remaining bytes as a view of the message. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /**
   * Checks a count against the remaining bytes, so that no memory is allocated for items that
   * can't be present.
   *
   * @param count The count in the message.
   * @param size The minimum size of an item, in bytes.
   * @returns The count.
   */
  count(count: number, size: number): number {
    if (count >= 0 && count * size <= this.remaining) return count;
    throw this.error(
      `a count of ${count}, for which ${this.remaining} bytes are left,`,
    );
  }

  /**
   * Checks that the whole message has been read.
   *
   * @throws {ProtocolError} If bytes are left.
   */
  end(): void {
    if (this.remaining > 0) {
      throw new ProtocolError(
        `Cannot decode ${this.#what}: ${this.remaining} unexpected bytes after byte ${
          this.#at - this.#start
        }`,
      );
    }
  }

  /** Creates the error for a malformed message at the current position. */
  error(problem: string): ProtocolError {
    return new ProtocolError(
      `Cannot decode ${this.#what}: ${problem} at byte ${
        this.#at - this.#start
      }`,
    );
  }

  #take(length: number): number {
    const start = this.#at;
    if (length < 0 || length > this.#end - start) {
      throw this.error(`${length} bytes wanted, ${this.remaining} left,`);
    }
    this.#at = start + length;
    return start;
  }
}
