/**
 * One undecoded message of the PostgreSQL protocol: the type byte and what follows the
 * length. Source: the manual, "Message Formats".
 */
export interface Frame {
  /** The message's type byte, for example 0x64 for CopyData (`d`). */
  readonly type: number;
  /**
   * The body, without type and length. It may be a view of the chunk from the socket: valid
   * as long as nobody writes to that chunk.
   */
  readonly body: Uint8Array;
}

/**
 * The longest message accepted, in bytes: the maximum size of one value on the server
 * (`MaxAllocSize`, 1 GiB) and a little for what encloses it.
 */
export const MAX_FRAME_BYTES: number = 2 ** 30 + 2 ** 16;

/**
 * The maximum size of the answer to a simple query, and therefore the longest message outside
 * of a stream: 256 MiB.
 */
export const MAX_ANSWER_BYTES: number = 2 ** 28;

/**
 * Receives messages in place within a chunk, one after another. There may be millions, so at
 * most one object is created for each, and only if it is kept.
 */
export interface FrameSink {
  /**
   * Receives the next message.
   *
   * @param type Its type byte.
   * @param bytes The chunk.
   * @param start The start of its body in the chunk.
   * @param end The end of its body.
   */
  take(type: number, bytes: Uint8Array, start: number, end: number): void;
}

/** Collects frames. */
export class FrameList implements FrameSink {
  /** The frames in order of arrival. */
  readonly frames: Frame[] = [];

  take(type: number, bytes: Uint8Array, start: number, end: number): void {
    this.frames.push({ type, body: bytes.subarray(start, end) });
  }
}
