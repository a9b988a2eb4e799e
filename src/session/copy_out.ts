import type { FrameChannel } from "./frame_channel.ts";
import { SimpleQueryAnswer } from "./simple_query.ts";

/**
 * The data of one `COPY … TO STDOUT`: a chunk for each CopyData, in most formats
 * a row. Reads from the socket only when it is read from.
 *
 * @param channel A channel that has just received CopyOutResponse.
 * @param onEnd Called once, with whether the connection takes commands again.
 */
export function copyOutStream(
  channel: FrameChannel,
  onEnd: (reusable: boolean) => void,
): ReadableStream<Uint8Array> {
  const answer = new SimpleQueryAnswer();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        for (;;) {
          const message = await channel.nextMessage();
          if (message.kind === "CopyData") {
            return controller.enqueue(message.data);
          }
          if (message.kind === "NoticeResponse") continue;
          if (message.kind === "ParameterStatus") continue;
          if (answer.push(message)) break;
        }
      } catch (error) {
        onEnd(false);
        throw answer.error ?? error;
      }
      onEnd(true);
      answer.results();
      controller.close();
    },
    async cancel() {
      onEnd(false);
      await channel.close();
    },
  }, { highWaterMark: 0 });
}
