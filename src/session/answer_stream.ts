import type { BackendMessage } from "../wire/backend_message.ts";
import type { Answer } from "./session.ts";
import { SimpleQueryAnswer } from "./simple_query.ts";

/**
 * Streams the answer to a command, message by message up to ReadyForQuery, for answers that
 * are too large to collect: COPY OUT. Reads from the socket only on demand. Cancelling the
 * stream closes the connection, since the server can't be asked to stop in the middle.
 *
 * It errors with `PostgresError` if the server reports one. The connection can then be used
 * further, unless the server closed it.
 */
export function answerStream(
  { first, next, onEnd, close }: Answer,
): ReadableStream<BackendMessage> {
  const answer = new SimpleQueryAnswer();
  let pending: BackendMessage | null = first;

  async function read(): Promise<BackendMessage | null> {
    const message = pending ?? await next();
    pending = null;
    // The answer object keeps what ends or fails the stream, not the data.
    const isData = message.kind.startsWith("Copy") ||
      message.kind === "DataRow";
    return !isData && answer.push(message) ? null : message;
  }

  return new ReadableStream<BackendMessage>({
    async pull(controller) {
      let message: BackendMessage | null;
      try {
        message = await read();
      } catch (error) {
        onEnd(false);
        throw answer.error ?? error;
      }
      if (message !== null) return controller.enqueue(message);
      onEnd(true);
      answer.results();
      controller.close();
    },
    async cancel() {
      onEnd(false);
      await close();
    },
  }, { highWaterMark: 0 });
}
