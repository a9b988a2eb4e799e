import { ProtocolError } from "../errors.ts";
import type { BackendMessage } from "../wire/backend_message.ts";
import type { Answer, CommandOptions, Session } from "./session.ts";
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

/**
 * Runs a `COPY … TO STDOUT`.
 *
 * @returns Its data: a chunk for each row in the text formats.
 * @throws {PostgresError} If the command fails.
 * @throws {ProtocolError} If the command is not a COPY.
 */
export async function copyOut(
  session: Session,
  sql: string,
  options: CommandOptions,
): Promise<ReadableStream<Uint8Array>> {
  const messages = await session.run(sql, options, async (answer) => {
    if (answer.first.kind === "CopyOutResponse") return answerStream(answer);
    await answer.gather();
    throw new ProtocolError(
      `Cannot stream: "${sql}" is not a COPY … TO STDOUT`,
    );
  });
  return messages.pipeThrough(
    new TransformStream<BackendMessage, Uint8Array>({
      transform: (message, controller) => {
        if (message.kind === "CopyData") controller.enqueue(message.data);
      },
    }),
  );
}
