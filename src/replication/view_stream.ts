import type { Frame } from "../wire/frame.ts";
import {
  type CopyBothMessage,
  viewCopyBothFrame,
} from "./copy_both_message.ts";

/**
 * Turns the frames of a replication stream into its messages, batch by batch, as
 * `CopyBothDecoderStream` does, but decodes messages only as far as they are looked at.
 */
export function viewStream(
  frames: ReadableStream<readonly Frame[]>,
): ReadableStream<CopyBothMessage[]> {
  // Not a stage of its own: each hop of a pipe takes its time, and this is one on the
  // way of every event.
  const reader = frames.getReader();
  return new ReadableStream<CopyBothMessage[]>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value.map(viewCopyBothFrame));
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
