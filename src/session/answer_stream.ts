import type { BackendMessage } from "../wire/backend_message.ts";
import { SimpleQueryAnswer } from "./simple_query.ts";

/** Options for {@linkcode answerStream}. */
export interface AnswerStreamOptions {
  /** The answer's first message. */
  readonly first: BackendMessage;
  /** Reads the next message that is part of an answer. */
  readonly next: () => Promise<BackendMessage>;
  /** Called with whether the connection takes commands again. */
  readonly onEnd: (reusable: boolean) => void;
  /** Closes the connection. */
  readonly close: () => Promise<void>;
}

/**
 * The answer to a command, message by message up to ReadyForQuery, for answers that are
 * too large to be gathered: COPY OUT. Reads from the socket only when it is read from.
 * Cancelling it closes the connection: the server can't be told to stop in between.
 *
 * It errors with `PostgresError` where the server reports one, after which the
 * connection can be used further unless the server hung up.
 */
export function answerStream(
  { first, next, onEnd, close }: AnswerStreamOptions,
): ReadableStream<BackendMessage> {
  const answer = new SimpleQueryAnswer();
  let pending: BackendMessage | null = first;

  async function read(): Promise<BackendMessage | null> {
    const message = pending ?? await next();
    pending = null;
    // The answer keeps what ends or fails it, not the data.
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

/** The data of a COPY OUT, of the messages that {@linkcode answerStream} gives. */
export class CopyDataStream
  extends TransformStream<BackendMessage, Uint8Array> {
  /** Makes the stage; it keeps no state. */
  constructor() {
    super({
      transform: (message, controller) => {
        if (message.kind === "CopyData") controller.enqueue(message.data);
      },
    });
  }
}
