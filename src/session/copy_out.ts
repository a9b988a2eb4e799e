import { ConnectionError } from "../errors.ts";
import { shortestPause } from "../shortest_pause.ts";
import { decodeBackendMessage } from "../wire/backend_message.ts";
import type { Frame, FrameSink } from "../wire/frame.ts";
import type { Answer } from "./session.ts";
import { type QueryResult, SimpleQueryAnswer } from "./simple_query.ts";

const COPY_DATA = 0x64; // d
/** The type and the length of a message. */
const HEADER_BYTES = 5;
/** Reads that are smaller than this, and follow each other this soon, come too early. */
const SMALL_READ_BYTES = 2 ** 15;
const SOON_MS = 3;

/**
 * Receives a piece of COPY data in place. Servers send one for each row.
 *
 * @param bytes The bytes that contain it, which are not overwritten later.
 * @param start The start of the data.
 * @param end The end of the data.
 */
export type TakeCopyData = (
  bytes: Uint8Array,
  start: number,
  end: number,
) => void;

/**
 * The streamed answer to commands some of which are a `COPY … TO STDOUT`. Source: the manual,
 * "COPY Operations".
 */
export class CopyOut {
  readonly #answer: Answer;
  readonly #results = new SimpleQueryAnswer();
  #isDone = false;
  #readAt = -Infinity;
  // Whether to let bytes gather before the next read.
  #isEarly = false;

  /** @param answer An answer that has begun. */
  constructor(answer: Answer) {
    this.#answer = answer;
    this.#take(answer.first.kind === "CopyOutResponse", answer.first);
  }

  /** The results of the completed commands, without the data. */
  get results(): readonly QueryResult[] {
    return this.#results.results();
  }

  /**
   * Reads the next chunk from the socket. Reads from the socket only when called.
   *
   * @param take Receives the data.
   * @returns Whether more may follow.
   * @throws {PostgresError} If a command failed.
   * @throws {ConnectionError} If the connection ends in the middle.
   */
  async next(take: TakeCopyData): Promise<boolean> {
    if (this.#isDone) return false;
    if (this.#isEarly) await shortestPause();
    const batch = new Batch(take);
    try {
      if (!await this.#answer.read(batch)) {
        throw this.#results.error ??
          new ConnectionError(
            "The server closed the connection in the middle of a COPY",
          );
      }
      for (const frame of batch.controls) {
        const message = decodeBackendMessage(frame);
        if (!this.#answer.isPart(message)) continue;
        this.#take(message.kind === "CopyOutResponse", message);
      }
    } catch (error) {
      this.#end(false);
      // The server's error, if it sent one before the connection broke, says more.
      throw this.#results.error ?? error;
    }
    this.#pace(batch.size);
    return !this.#isDone;
  }

  /** Closes the connection: the server can't be asked to stop before the end. */
  async cancel(): Promise<void> {
    if (this.#isDone) return;
    this.#end(false);
    await this.#answer.close();
  }

  // The server sends 8 KiB at a time. To be woken for each costs more than to wait for some.
  #pace(bytes: number): void {
    const now = performance.now();
    this.#isEarly = bytes < SMALL_READ_BYTES && now - this.#readAt < SOON_MS;
    this.#readAt = now;
  }

  #take(
    isStart: boolean,
    message: Parameters<SimpleQueryAnswer["push"]>[0],
  ): void {
    if (isStart || !this.#results.push(message)) return;
    this.#end(true);
    this.#results.results();
  }

  #end(reusable: boolean): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#answer.onEnd(reusable);
  }
}

/** Passes on the data, and keeps all other messages. */
class Batch implements FrameSink {
  readonly controls: Frame[] = [];
  size = 0;
  readonly #take: TakeCopyData;

  constructor(take: TakeCopyData) {
    this.#take = take;
  }

  take(type: number, bytes: Uint8Array, start: number, end: number): void {
    this.size += HEADER_BYTES + end - start;
    if (type === COPY_DATA) this.#take(bytes, start, end);
    else this.controls.push({ type, body: bytes.subarray(start, end) });
  }
}
