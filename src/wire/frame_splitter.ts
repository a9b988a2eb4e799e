import { int32At } from "../bytes/big_endian.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import { ConnectionError, ProtocolError } from "../errors.ts";
import { type FrameSink, MAX_FRAME_BYTES } from "./frame.ts";

const HEADER_BYTES = 5; // type byte and Int32 length
const MIN_CAPACITY_BYTES = 2 ** 20;
const GROWTH_FACTOR = 4;
const MIN_USED_FRACTION = 1 / 32;

/** Splits bytes into messages, whatever the boundaries of the chunks. */
export class FrameSplitter {
  /** The longest message to accept, in bytes, including its length field. */
  maxLength: number;
  // The bytes of an incomplete message, if there is one.
  #partial: Uint8Array = new Uint8Array(0);
  #partialLength = 0;

  /** @param maxLength The longest message to accept. */
  constructor(maxLength: number = MAX_FRAME_BYTES) {
    this.maxLength = maxLength;
  }

  /**
   * Processes the next chunk.
   *
   * @param chunk The bytes.
   * @param sink Receives all messages that it completes.
   * @returns Whether it completes any.
   * @throws {ProtocolError} If a message claims an impossible length.
   */
  push(chunk: Uint8Array, sink: FrameSink): boolean {
    let at = 0;
    if (this.#partialLength > 0) {
      at = this.#resume(chunk, sink);
      if (this.#partialLength > 0) return false;
    }
    while (chunk.length - at >= HEADER_BYTES) {
      const end = at + this.#size(chunk, at);
      if (end > chunk.length) break;
      sink.take(chunk[at]!, chunk, at + HEADER_BYTES, end);
      at = end;
    }
    // A copy, so that a few bytes at the end don't keep the whole chunk alive.
    const isHeader = chunk.length - at >= HEADER_BYTES;
    this.#append(chunk, at, isHeader ? this.#size(chunk, at) : HEADER_BYTES);
    return at > 0;
  }

  /**
   * Records the end of the chunks.
   *
   * @throws {ConnectionError} If a message is incomplete.
   */
  end(): void {
    if (this.#partialLength > 0) {
      // The bytes are not malformed: the link broke before the rest of them.
      throw new ConnectionError(
        `Cannot finish reading: the stream ended inside a message, ${this.#partialLength} bytes into it`,
      );
    }
  }

  // Completes the partial message with bytes of the new chunk, and returns how many were
  // used. The header comes first, since only it shows how much to wait for.
  #resume(chunk: Uint8Array, sink: FrameSink): number {
    let at = this.#append(chunk, 0, HEADER_BYTES);
    if (this.#partialLength < HEADER_BYTES) return at;
    const size = this.#size(this.#partial, 0);
    at = this.#append(chunk, at, size);
    if (this.#partialLength < size) return at;
    const bytes = this.#partial;
    sink.take(bytes[0]!, bytes, HEADER_BYTES, size);
    // The message keeps the buffer; the next partial message gets its own.
    this.#partial = new Uint8Array(0);
    this.#partialLength = 0;
    return at;
  }

  // Appends from the chunk until `wanted` bytes are present. Memory for a message of ordinary
  // size is allocated immediately; for a larger one, once a small part of it has arrived. So
  // memory is proportional to the received bytes, not to the length that the peer claims, and
  // few bytes are copied when the buffer grows.
  #append(chunk: Uint8Array, from: number, wanted: number): number {
    const take = Math.min(wanted - this.#partialLength, chunk.length - from);
    if (take <= 0) return from;
    const length = this.#partialLength + take;
    if (length > this.#partial.length) {
      const capacity = length >= wanted * MIN_USED_FRACTION ? wanted : Math.min(
        wanted,
        Math.max(GROWTH_FACTOR * length, MIN_CAPACITY_BYTES),
      );
      const grown = new Uint8Array(capacity);
      grown.set(this.#partial.subarray(0, this.#partialLength));
      this.#partial = grown;
    }
    this.#partial.set(chunk.subarray(from, from + take), this.#partialLength);
    this.#partialLength = length;
    return from + take;
  }

  #size(bytes: Uint8Array, at: number): number {
    const length = int32At(bytes, at + 1);
    if (length >= 4 && length <= this.maxLength) return 1 + length;
    throw new ProtocolError(
      `Cannot read a message of type ${
        describeByte(bytes[at]!)
      }: its length is ${length}, which is not from 4 to ${this.maxLength}`,
    );
  }
}
