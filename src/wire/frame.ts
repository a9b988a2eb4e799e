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
export const MAX_FRAME_LENGTH: number = 2 ** 30 + 2 ** 16;

/**
 * A frame that knows where it lies in a chunk, and makes a view of that only when it is
 * asked for one: to make views costs more than to read what a row's message holds.
 */
export class ChunkFrame implements Frame {
  readonly type: number;
  /** The chunk. */
  readonly bytes: Uint8Array;
  /** Where the body starts in the chunk. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;

  /**
   * @param type The message's type byte.
   * @param bytes The chunk.
   * @param range Where the body starts and ends.
   */
  constructor(
    type: number,
    bytes: Uint8Array,
    { start, end }: { readonly start: number; readonly end: number },
  ) {
    this.type = type;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  get body(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}
