/**
 * One message of the PostgreSQL protocol, still undecoded: the type byte and
 * what follows the length. Source: the manual, "Message Formats".
 */
export interface Frame {
  /** The message's type byte, for example 0x64 for CopyData (`d`). */
  readonly type: number;
  /**
   * The body, without type and length. It may be a view of the chunk that the
   * socket delivered: valid for as long as nobody writes to that chunk.
   */
  readonly body: Uint8Array;
}

/**
 * The longest message taken, in bytes: what the server can allocate for one value
 * (`MaxAllocSize`, 1 GiB) and a little for what stands around it.
 */
export const MAX_FRAME_BYTES: number = 2 ** 30 + 2 ** 16;

/**
 * The most bytes that the answer to a simple query may take, and so the longest message
 * outside of a stream: 256 MiB.
 */
export const MAX_ANSWER_BYTES: number = 2 ** 28;

/**
 * Takes messages where they lie in a chunk, one after the other. They come by the million:
 * an object is made only of what is to be kept, and only one.
 */
export interface FrameSink {
  /**
   * Takes the next message.
   *
   * @param type Its type byte.
   * @param bytes The chunk.
   * @param start Where its body starts in the chunk.
   * @param end Where that ends.
   */
  take(type: number, bytes: Uint8Array, start: number, end: number): void;
}

/** Gathers frames. */
export class FrameList implements FrameSink {
  /** Those that came, in their order. */
  readonly frames: Frame[] = [];

  take(type: number, bytes: Uint8Array, start: number, end: number): void {
    this.frames.push({ type, body: bytes.subarray(start, end) });
  }
}
