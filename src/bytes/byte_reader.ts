import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A cursor over one message. Every read is checked against the bytes that are
 * there, so whatever the peer claims ends in a {@linkcode ProtocolError} rather
 * than in `undefined`, a `RangeError` or a read past the message.
 *
 * Integers are big-endian, as everywhere in the protocol.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #at = 0;

  /**
   * @param bytes One whole message.
   * @param what The message's name, for errors.
   */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#what = what;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** An unsigned byte. */
  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  /** A signed 16-bit integer. */
  int16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  /** An unsigned 16-bit integer. */
  uint16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  /** A signed 32-bit integer. */
  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  /** An unsigned 32-bit integer: an OID or a transaction id. */
  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** A signed 64-bit integer: a time. */
  int64(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  /** An unsigned 64-bit integer that is a WAL position. */
  lsn(): Lsn {
    return this.#view.getBigUint64(this.#take(8)) as Lsn;
  }

  /** Text up to the next zero byte. */
  string(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) {
      throw new ProtocolError(
        `Cannot decode ${this.#what}: the string at byte ${this.#at} has no end`,
      );
    }
    const text = UTF8.decode(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
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

  /** Says what is wrong with the message, and where. */
  error(problem: string): ProtocolError {
    return new ProtocolError(
      `Cannot decode ${this.#what}: ${problem} at byte ${this.#at}`,
    );
  }

  #take(length: number): number {
    const start = this.#at;
    if (length < 0 || length > this.#bytes.length - start) {
      throw new ProtocolError(
        `Cannot decode ${this.#what}: ${length} bytes wanted at byte ${start}, ${this.remaining} left`,
      );
    }
    this.#at = start + length;
    return start;
  }
}
