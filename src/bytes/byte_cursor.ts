import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import {
  float64At,
  int16At,
  int32At,
  int64At,
  uint64At,
} from "./big_endian.ts";
import { decodeText } from "./decode_text.ts";

/**
 * A cursor over one message. Every read is checked against the bytes that are there, so
 * whatever the peer claims ends in a {@linkcode ProtocolError} rather than in
 * `undefined`, a `RangeError` or a read past the message.
 *
 * Integers are big-endian, as everywhere in the protocol. Messages come by the million:
 * it makes no view of the bytes unless it is asked for one.
 */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  readonly #start: number;
  readonly #end: number;
  #at: number;

  /**
   * @param bytes One whole message, or the bytes around it.
   * @param what The message's name, for errors.
   * @param range Where the message starts and ends.
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

  /** How many bytes are left. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  /** The bytes that this is over. */
  get source(): Uint8Array {
    return this.#bytes;
  }

  /** Where in these the next read begins. */
  get position(): number {
    return this.#at;
  }

  /** Where in these the message ends. */
  get limit(): number {
    return this.#end;
  }

  /** Goes on from another place, which whoever asks for it knows to be in the message. */
  moveTo(position: number): void {
    this.#at = position;
  }

  /** Another cursor, from a place on that this one has passed. */
  from(position: number): ByteCursor {
    const range = { start: position, end: this.#end };
    return new ByteCursor(this.#bytes, this.#what, range);
  }

  /** An unsigned byte. */
  uint8(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  /** A signed 16-bit integer. */
  int16(): number {
    return int16At(this.#bytes, this.#take(2));
  }

  /** An unsigned 16-bit integer. */
  uint16(): number {
    return this.int16() & 0xffff;
  }

  /** A signed 32-bit integer. */
  int32(): number {
    return int32At(this.#bytes, this.#take(4));
  }

  /** An unsigned 32-bit integer: an OID or a transaction id. */
  uint32(): number {
    return this.int32() >>> 0;
  }

  /** A signed 64-bit integer: a time. */
  int64(): bigint {
    return int64At(this.#bytes, this.#take(8));
  }

  /** An unsigned 64-bit integer. */
  uint64(): bigint {
    return uint64At(this.#bytes, this.#take(8));
  }

  /** A floating-point number of 64 bits. */
  float64(): number {
    return float64At(this.#bytes, this.#take(8));
  }

  /** An unsigned 64-bit integer that is a WAL position. */
  lsn(): Lsn {
    return this.uint64() as Lsn;
  }

  /** Text up to the next zero byte. */
  string(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0 || end >= this.#end) {
      throw this.error("a string without an end");
    }
    const text = decodeText(this.#bytes, this.#at, end);
    this.#at = end + 1;
    return text;
  }

  /** The next bytes, as text. */
  text(length: number): string {
    const start = this.#take(length);
    return decodeText(this.#bytes, start, start + length);
  }

  /** Passes over the next bytes, for who reads them where they are: where they start. */
  skip(length: number): number {
    return this.#take(length);
  }

  /** The next bytes, as a view of the message, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** All that is left, as a view of the message, not a copy. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
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
        `Cannot decode ${this.#what}: ${this.remaining} unexpected bytes after byte ${
          this.#at - this.#start
        }`,
      );
    }
  }

  /** Says what is wrong with the message, and before which byte it was seen. */
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
