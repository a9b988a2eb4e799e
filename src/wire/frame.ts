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
