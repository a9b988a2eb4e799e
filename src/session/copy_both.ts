import { ConnectionError } from "../errors.ts";
import { decodeBackendMessage } from "../wire/backend_message.ts";
import type { Frame, FrameSink } from "../wire/frame.ts";
import { encodeCopyData, encodeCopyDone } from "../wire/frontend_message.ts";
import type { FrameChannel } from "../wire/frame_channel.ts";
import { type QueryResult, SimpleQueryAnswer } from "./simple_query.ts";

const COPY_DATA = 0x64; // d
const NOTICE_RESPONSE = 0x4e; // N

/**
 * Converts a CopyData or NoticeResponse in place.
 *
 * @param type Its type byte.
 * @param bytes The chunk.
 * @param start The start of its body in the chunk.
 * @param end The end of its body.
 */
export type DecodeFrame<M> = (
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
) => M;

/**
 * A connection in copy-both mode, in which both sides send CopyData: streaming
 * replication. Source: the manual, "COPY Operations".
 */
export class CopyBoth {
  readonly #channel: FrameChannel;
  readonly #onEnd: (reusable: boolean) => void;
  readonly #answer: SimpleQueryAnswer;
  #doneSent: boolean;
  // How the stream ended, if it has.
  #end: { readonly error?: unknown } | null = null;

  /**
   * @param channel A channel that has just received CopyBothResponse.
   * @param onEnd Called with whether the connection takes commands again.
   * @param answer The complete answer if there is nothing to stream: a physical stream that
   * starts where its timeline ends.
   */
  constructor(
    channel: FrameChannel,
    onEnd: (reusable: boolean) => void,
    answer?: SimpleQueryAnswer,
  ) {
    this.#channel = channel;
    this.#onEnd = onEnd;
    this.#answer = answer ?? new SimpleQueryAnswer();
    this.#doneSent = answer !== undefined;
    if (answer !== undefined) this.#end = {};
  }

  /** Whether the server has completed the command, as it does when it shuts down. */
  get isComplete(): boolean {
    return this.#answer.error === undefined &&
      this.#answer.results().length > 0;
  }

  /** When bytes last arrived, even a part of a message, by `performance.now()`. */
  get receivedAt(): number {
    return this.#channel.receivedAt;
  }

  /** The number of bytes received over the connection, including the login. */
  get receivedBytes(): number {
    return this.#channel.receivedBytes;
  }

  /**
   * Reads the messages in the next chunk from the socket: CopyData and NoticeResponse,
   * nothing else. Reads from the socket only when called.
   *
   * @param decode Decodes each message.
   * @returns At least one, or `null` after ReadyForQuery.
   * @throws {PostgresError} If the server reports an error.
   * @throws {ConnectionError} If the connection ends in the middle.
   */
  async next<M>(decode: DecodeFrame<M>): Promise<M[] | null> {
    while (this.#end === null) {
      const batch = new Batch(decode);
      try {
        if (!await this.#channel.read(batch)) throw this.#endOfConnection();
        const { controls } = batch;
        if (controls.length > 0 && await this.#control(controls)) {
          this.#onEnd(true);
          this.#answer.results();
          this.#end = {};
        }
      } catch (error) {
        this.#onEnd(false);
        this.#end = { error };
      }
      // What arrived before an error is delivered first.
      if (batch.messages.length > 0) return batch.messages;
    }
    if ("error" in this.#end) throw this.#end.error;
    return null;
  }

  /** Closes the connection: an abandoned stream would look like a slow one. */
  async cancel(): Promise<void> {
    this.#onEnd(false);
    await this.#channel.close();
  }

  /**
   * Sends one CopyData; settles when the system has accepted it. After CopyDone the server
   * would treat it as an attack, so it is dropped.
   */
  async send(payload: Uint8Array): Promise<void> {
    if (this.#doneSent) return;
    await this.#channel.write(encodeCopyData(payload));
  }

  /**
   * Sends CopyDone, once. The server ends the transaction that it is sending and then the
   * stream: read it to its end.
   */
  async finish(): Promise<void> {
    if (this.#doneSent) return;
    this.#doneSent = true;
    await this.#channel.write(encodeCopyDone());
  }

  /**
   * The result sets that followed the stream; known once it has ended. A physical
   * stream at the end of a timeline is followed by the next one's id and start.
   */
  results(): QueryResult[] {
    return this.#answer.results();
  }

  // Handles a message that is not part of the stream, and returns whether it is the end.
  async #control(frames: readonly Frame[]): Promise<boolean> {
    let ended = false;
    for (const frame of frames) {
      const message = decodeBackendMessage(frame);
      // At the end of a timeline, the server ends its side first.
      if (message.kind === "CopyDone") await this.finish();
      if (message.kind === "ParameterStatus") continue;
      if (this.#answer.push(message)) ended = true;
    }
    return ended;
  }

  #endOfConnection(): Error {
    if (this.#answer.error !== undefined) return this.#answer.error;
    // A server that shuts down completes the command and closes the connection.
    return new ConnectionError(
      this.#answer.results().length > 0
        ? "The server ended the stream and closed the connection: it is shutting down"
        : "The server closed the connection in the middle of the stream",
    );
  }
}

/** Separates the messages of the stream from others. */
class Batch<M> implements FrameSink {
  readonly messages: M[] = [];
  readonly controls: Frame[] = [];
  readonly #decode: DecodeFrame<M>;

  constructor(decode: DecodeFrame<M>) {
    this.#decode = decode;
  }

  take(type: number, bytes: Uint8Array, start: number, end: number): void {
    if (type === COPY_DATA || type === NOTICE_RESPONSE) {
      this.messages.push(this.#decode(type, bytes, start, end));
    } else {
      this.controls.push({ type, body: bytes.subarray(start, end) });
    }
  }
}
