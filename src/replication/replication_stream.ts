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

/** Where a physical stream continues after the end of its timeline. */
export interface NextTimeline {
  /** The next timeline's number. */
  readonly timeline: number;
  /** The start of the next timeline. */
  readonly start: Lsn;
}

/**
 * A running START_REPLICATION: messages from the server, positions to it.
 *
 * The server disconnects a client that sends nothing for `wal_sender_timeout` (60 s by
 * default), whether the client reads or not: call {@linkcode
 * ReplicationStream.sendStatusUpdate} from a separate timer.
 *
 * @example
 * ```ts ignore
 * import { formatLsn } from "@walbrook/walbrook";
 * import { connect } from "@walbrook/walbrook/replication";
 * import { pgoutputOptions } from "@walbrook/walbrook/pgoutput";
 *
 * await using connection = await connect("postgres://app@localhost/shop");
 * await using stream = await connection.startReplication({
 *   kind: "logical",
 *   slot: "audit",
 *   pluginOptions: pgoutputOptions({ protocolVersion: 1, publications: ["shop"] }),
 * });
 * for await (const messages of stream.readable) {
 *   for (const message of messages) {
 *     if (message.kind === "XLogData") console.log(formatLsn(message.walStart));
 *   }
 * }
 * ```
 */
export class ReplicationStream {
  readonly #copy: CopyBoth;
  #readable: ReadableStream<CopyBothMessage[]> | undefined;

  /**
   * Created by `startReplication()`.
   *
   * @param copy A connection in copy-both mode.
   * @ignore
   */
  constructor(copy: CopyBoth) {
    this.#copy = copy;
  }

  /**
   * The server's messages, in batches: one for each chunk from the socket. The socket is read
   * only on demand, so a slow reader slows down the server and uses no memory. Ends after
   * {@linkcode ReplicationStream.close} or, for a physical stream, at the end of the
   * timeline; errors with `PostgresError` or `ConnectionError` if the server or the link ends
   * it. Cancelling it closes the connection.
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
   * The time when the last bytes arrived from the server, by `performance.now()`: it shows
   * that the server is alive even while a large message is incomplete.
   */
  get receivedAt(): number {
    return this.#copy.receivedAt;
  }

  /**
   * Reports the client's positions to the server.
   *
   * @param update Write, flush and apply position.
   * @throws {ConnectionError} If the link is broken.
   */
  async sendStatusUpdate(update: StandbyStatusUpdate): Promise<void> {
    await this.#copy.send(encodeStandbyStatusUpdate(update));
  }

  /**
   * Sends the payload of a CopyData unchanged, for messages that have no method here.
   *
   * @throws {ConnectionError} If the link is broken.
   */
  async send(payload: Uint8Array): Promise<void> {
    await this.#copy.send(payload);
  }

  /**
   * Asks the server to end the stream (CopyDone). The server first sends the rest of the
   * current transaction: read {@linkcode ReplicationStream.readable} to its end. After that
   * the connection accepts commands again, except a second logical stream.
   *
   * @throws {ConnectionError} If the link is broken.
   */
  async close(): Promise<void> {
    await this.#copy.finish();
  }

  /** Closes the stream: {@linkcode ReplicationStream.close} for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Returns where to continue after a physical stream has ended.
   *
   * @returns The next timeline, or `null` if the stream ended for another reason.
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
