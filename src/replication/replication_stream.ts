import { ProtocolError } from "../errors.ts";
import { type Lsn, parseServerLsn } from "../lsn.ts";
import type { CopyBoth } from "../session/copy_both.ts";
import {
  type CopyBothMessage,
  decodeCopyBothFrame,
} from "./copy_both_message.ts";
import {
  encodeStandbyStatusUpdate,
  type StandbyStatusUpdate,
} from "./standby_status_update.ts";

/** Where a physical stream goes on after the end of its timeline. */
export interface NextTimeline {
  /** The next timeline's number. */
  readonly timeline: number;
  /** Where the next timeline begins. */
  readonly start: Lsn;
}

/**
 * A running START_REPLICATION: messages one way, positions the other.
 *
 * The server gives up on a client that sends nothing for `wal_sender_timeout` (60 s
 * unless set otherwise), whether the client reads or not: call
 * {@linkcode ReplicationStream.sendStatusUpdate} from a timer of its own.
 */
export class ReplicationStream {
  readonly #copy: CopyBoth;
  #readable: ReadableStream<CopyBothMessage[]> | undefined;

  /**
   * Made by `startReplication()`.
   *
   * @param copy A connection in copy-both mode.
   * @ignore
   */
  constructor(copy: CopyBoth) {
    this.#copy = copy;
  }

  /**
   * What the server sends, in batches: one for each chunk that the socket delivers.
   * The socket is read only when this is, so a slow reader slows the server and costs
   * no memory. Ends after {@linkcode ReplicationStream.close} or, for a physical
   * stream, at the end of the timeline; errors with `PostgresError` or
   * `ConnectionError` where the server or the link ends it. Cancelling it closes the
   * connection.
   */
  get readable(): ReadableStream<CopyBothMessage[]> {
    return this.#readable ??= new ReadableStream<CopyBothMessage[]>({
      pull: async (controller) => {
        const messages = await this.#copy.next((type, bytes, start, end) =>
          decodeCopyBothFrame({ type, body: bytes.subarray(start, end) })
        );
        if (messages === null) controller.close();
        else controller.enqueue(messages);
      },
      cancel: () => this.#copy.cancel(),
    }, { highWaterMark: 0 });
  }

  /**
   * When the last bytes came from the server, by `performance.now()`: a sign of life even
   * where a large message is not whole yet.
   */
  get receivedAt(): number {
    return this.#copy.receivedAt;
  }

  /**
   * Tells the server how far this client is.
   *
   * @param update Write, flush and apply position.
   * @throws {ConnectionError} If the link is broken.
   */
  async sendStatusUpdate(update: StandbyStatusUpdate): Promise<void> {
    await this.#copy.send(encodeStandbyStatusUpdate(update));
  }

  /**
   * Sends the payload of a CopyData as it is, for messages that have no method here.
   *
   * @throws {ConnectionError} If the link is broken.
   */
  async send(payload: Uint8Array): Promise<void> {
    await this.#copy.send(payload);
  }

  /**
   * Asks the server to end the stream (CopyDone). It first sends the rest of the
   * transaction it is in: read {@linkcode ReplicationStream.readable} to its end, after
   * which the connection takes commands again, but for a second logical stream.
   *
   * @throws {ConnectionError} If the link is broken.
   */
  async close(): Promise<void> {
    await this.#copy.finish();
  }

  /** The same as {@linkcode ReplicationStream.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Where to go on after a physical stream that has ended.
   *
   * @returns The next timeline, or `null` where the stream ended for another reason.
   */
  nextTimeline(): NextTimeline | null {
    const row = this.#copy.results().find(({ rows }) => rows.length > 0)
      ?.rows[0];
    if (row === undefined) return null;
    const timeline = Number(row[0]);
    if (!Number.isInteger(timeline) || timeline < 1) {
      throw new ProtocolError(
        `Cannot read the next timeline: the server sent ${row[0]}`,
      );
    }
    return {
      timeline,
      start: parseServerLsn(row[1] ?? null, "the start of the next timeline"),
    };
  }
}
