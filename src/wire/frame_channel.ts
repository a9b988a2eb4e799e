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

// Before the login is complete, the peer is unknown. No message of a login is nearly as long.
const MAX_LOGIN_MESSAGE_BYTES = 2 ** 20;

/**
 * A socket as a channel of frames, in both directions. It holds one reader and one writer for
 * the whole life of the connection.
 */
export class FrameChannel {
  readonly #socket: Socket;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #readChunk: () => Promise<ReadableStreamReadResult<Uint8Array>>;
  readonly #splitter = new FrameSplitter(MAX_LOGIN_MESSAGE_BYTES);
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  // Frames of the last batch that were not taken yet, from #at on.
  #batch: Frame[] = [];
  #at = 0;
  #receivedAt = performance.now();
  #receivedBytes = 0;
  #lastLength = 0;

  /** @param socket The connection, whose streams this channel takes over. */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = socket.readable.getReader();
    // Whichever takes less for each chunk.
    this.#readChunk = () => socket.readChunk?.() ?? this.#reader.read();
    this.#writer = socket.writable.getWriter();
    // The next read or write reports the error; nobody has to wait for this promise.
    this.#writer.closed.catch(() => {});
  }

  /**
   * Sets the length of the longest message to accept. Up to the first call it is 1 MiB,
   * because the peer is unknown until the login is complete.
   *
   * @param maxLength The length in bytes, including the length field; by default 1 GiB, the
   * protocol's limit.
   */
  limitMessages(maxLength: number = MAX_FRAME_BYTES): void {
    this.#splitter.maxLength = maxLength;
  }

  /** When bytes last arrived, even a part of a frame, by `performance.now()`. */
  get receivedAt(): number {
    return this.#receivedAt;
  }

  /** The number of bytes received. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /**
   * Reads the next frame.
   *
   * @returns The frame, or `null` if the server closed the connection between two frames.
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

  /** The size of the last decoded message's body, in bytes. */
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
   * Reads all frames that the next chunk from the socket completes, or those left from the
   * last chunk.
   *
   * @param sink Receives them: at least one, except at the end of the stream.
   * @returns Whether more may follow.
   */
  async read(sink: FrameSink): Promise<boolean> {
    const rest = this.#batch.slice(this.#at);
    this.#batch = [];
    this.#at = 0;
    for (const { type, body } of rest) sink.take(type, body, 0, body.length);
    if (rest.length > 0) return true;
    try {
      for (;;) {
        const { done, value } = await this.#readChunk();
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

  /** Sends complete messages; settles when the system has accepted them. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#writer.write(bytes);
    } catch (error) {
      throw asConnectionError(error, "Cannot write to the server");
    }
  }

  /** Closes the connection immediately, whatever is in progress. */
  async close(): Promise<void> {
    // The socket is closed first, since only this ends a pending read or write.
    await this.#socket.close();
    await Promise.allSettled([this.#reader.cancel(), this.#writer.abort()]);
  }
}

function asConnectionError(error: unknown, what: string): unknown {
  // These messages need no prefix.
  const isPlain = error instanceof ProtocolError ||
    error instanceof ConnectionError;
  if (isPlain) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ConnectionError(`${what}: ${reason}`, { cause: error });
}
