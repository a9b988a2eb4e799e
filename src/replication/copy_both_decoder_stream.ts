import type { Frame } from "../wire/frame.ts";
import {
  type CopyBothMessage,
  decodeCopyBothFrame,
} from "./copy_both_message.ts";

/**
 * Converts the frames of a replication stream to its messages, batch by batch.
 *
 * Source: the manual, "Streaming Replication Protocol".
 *
 * @example
 * ```ts
 * import { CopyBothDecoderStream, FrameDecoderStream } from "@walbrook/walbrook/replication";
 *
 * function replicationMessages(bytes: ReadableStream<Uint8Array>) {
 *   return bytes
 *     .pipeThrough(new FrameDecoderStream())
 *     .pipeThrough(new CopyBothDecoderStream());
 * }
 * for await (const batch of replicationMessages(ReadableStream.from([]))) {
 *   console.log(batch.length);
 * }
 * ```
 */
export class CopyBothDecoderStream
  extends TransformStream<readonly Frame[], CopyBothMessage[]> {
  /** Creates the stage; it keeps no state. */
  constructor() {
    super({
      transform: (frames, controller) => {
        controller.enqueue(frames.map(decodeCopyBothFrame));
      },
    });
  }
}
