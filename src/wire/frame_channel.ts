import { ConnectionError, ProtocolError } from "../errors.ts";
import type { Socket } from "../socket/socket.ts";
import {
  type BackendMessage,
  decodeBackendMessage,
} from "./backend_message.ts";
import {
  type Frame,
  FrameList,
  type FrameSink,
  MAX_FRAME_BYTES,
} from "./frame.ts";
import { FrameSplitter } from "./frame_splitter.ts";

// Until the login is over anyone may be there. No message of a login is near as long.
const MAX_LOGIN_MESSAGE_BYTES = 2 ** 20;

/**
 * A socket seen as frames, in both directions: one reader and one writer, held for
 * the connection's whole life.
 */
export class FrameChannel {
  readonly #socket: Socket;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #splitter = new FrameSplitter(MAX_LOGIN_MESSAGE_BYTES);
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  // Frames of the last batch that nobody has taken yet, from #at on.
  #batch: Frame[] = [];
  #at = 0;
  #receivedAt = performance.now();
  #receivedBytes = 0;
  #lastLength = 0;

  /** @param socket The connection, whose streams this channel takes over. */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = socket.readable.getReader();
    this.#writer = socket.writable.getWriter();
    // Whoever reads or writes next is told; nobody has to wait on this promise.
    this.#writer.closed.catch(() => {});
  }

  /**
   * Sets the length of the longest message to take. Up to the first call it is 1 MiB: until
   * the login is over anyone may be at the other end.
   *
   * @param maxLength In bytes, with the length field; 1 GiB for what the protocol allows.
   */
  limitMessages(maxLength: number = MAX_FRAME_BYTES): void {
    this.#splitter.maxLength = maxLength;
  }

  /** When bytes came last, a whole frame or not, by `performance.now()`. */
  get receivedAt(): number {
    return this.#receivedAt;
  }

  /** How many bytes have come. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /**
   * Reads the next frame.
   *
   * @returns The frame, or `null` where the server closed the connection between
   * two frames.
   * @throws {ConnectionError} If the link broke.
   */
  async nextFrame(): Promise<Frame | null> {
    if (this.#at >= this.#batch.length) {
      const list = new FrameList();
      if (!await this.read(list)) return null;
      this.#batch = list.frames;
      this.#at = 0;
    }
    return this.#batch[this.#at++] ?? null;
  }

  /** How many bytes the body of the last message had that was decoded. */
  get lastLength(): number {
    return this.#lastLength;
  }

  /**
   * Reads and decodes the next message.
   *
   * @throws {ConnectionError} If the link broke, or the server closed it.
   */
  async nextMessage(): Promise<BackendMessage> {
    const frame = await this.nextFrame();
    if (frame === null) {
      throw new ConnectionError(
        "The server closed the connection unexpectedly",
      );
    }
    this.#lastLength = frame.body.length;
    return decodeBackendMessage(frame);
  }

  /**
   * Reads all frames that one chunk of the socket completes, or those which are
   * left of the last one.
   *
   * @param sink Gets them: at least one, but for the end of the stream.
   * @returns Whether that was not the end.
   */
  async read(sink: FrameSink): Promise<boolean> {
    const rest = this.#batch.slice(this.#at);
    this.#batch = [];
    this.#at = 0;
    for (const { type, body } of rest) sink.take(type, body, 0, body.length);
    if (rest.length > 0) return true;
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) {
          this.#splitter.end();
          return false;
        }
        this.#receivedAt = performance.now();
        this.#receivedBytes += value.length;
        if (this.#splitter.push(value, sink)) return true;
      }
    } catch (error) {
      throw asConnectionError(error, "Cannot read from the server");
    }
  }

  /** Sends whole messages; settles when the system has taken them. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#writer.write(bytes);
    } catch (error) {
      throw asConnectionError(error, "Cannot write to the server");
    }
  }

  /** Closes the connection at once, whatever is under way. */
  async close(): Promise<void> {
    // The socket goes first: a pending read or write only ends with it.
    await this.#socket.close();
    await Promise.allSettled([this.#reader.cancel(), this.#writer.abort()]);
  }
}

function asConnectionError(error: unknown, what: string): unknown {
  // These say enough by themselves.
  const isPlain = error instanceof ProtocolError ||
    error instanceof ConnectionError;
  if (isPlain) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ConnectionError(`${what}: ${reason}`, { cause: error });
}
