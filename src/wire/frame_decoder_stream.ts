import { type Frame, FrameList } from "./frame.ts";
import { FrameSplitter } from "./frame_splitter.ts";

/** Options for {@linkcode FrameDecoderStream}. */
export interface FrameDecoderStreamOptions {
  /**
   * The longest message to accept, in bytes, including its length field. A longer one is a
   * {@linkcode ProtocolError} before any memory is allocated for it.
   *
   * @default {1073807360} 1 GiB, the server's own limit for a value, and 64 KiB
   */
  readonly maxLength?: number;
}

/**
 * Splits a stream of bytes into the messages of the PostgreSQL protocol, whatever the
 * boundaries of the chunks. Each chunk becomes one batch: an array of all messages that it
 * completes. A chunk that completes none produces no batch.
 *
 * Messages that lie completely within a chunk are views of it, not copies.
 *
 * Source: the manual, "Message Flow" and "Message Formats".
 *
 * @example
 * ```ts
 * import { FrameDecoderStream } from "@walbrook/walbrook/replication";
 * import { assertEquals } from "@std/assert";
 *
 * // ReadyForQuery, torn in the middle of its length.
 * const frames = ReadableStream
 *   .from([Uint8Array.of(0x5a, 0, 0), Uint8Array.of(0, 5, 0x49)])
 *   .pipeThrough(new FrameDecoderStream());
 * for await (const batch of frames) {
 *   assertEquals(batch, [{ type: 0x5a, body: Uint8Array.of(0x49) }]);
 * }
 * ```
 */
export class FrameDecoderStream extends TransformStream<Uint8Array, Frame[]> {
  /**
   * Creates the stage.
   *
   * @param options The limit for a message's length.
   */
  constructor(options: FrameDecoderStreamOptions = {}) {
    const splitter = new FrameSplitter(options.maxLength);
    super({
      transform: (chunk, controller) => {
        const list = new FrameList();
        if (splitter.push(chunk, list)) controller.enqueue(list.frames);
      },
      flush: () => splitter.end(),
    });
  }
}
