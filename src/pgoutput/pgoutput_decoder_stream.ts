import type { Lsn } from "../lsn.ts";
import { decodePgoutputMessage } from "./decode_message.ts";
import type { PgoutputMessage } from "./message.ts";

/**
 * The input of a {@linkcode PgoutputDecoderStream}: the messages of a replication stream, of
 * which only `XLogData` is decoded.
 */
export type PgoutputInput =
  | {
    readonly kind: "XLogData";
    /** The position in the header. */
    readonly walStart: Lsn;
    /** One complete message of pgoutput. */
    readonly data: Uint8Array;
  }
  | { readonly kind: "PrimaryKeepaliveMessage" | "NoticeResponse" };

/**
 * Decodes the payloads of a replication stream: batches in, batches out, in the same order.
 * Keepalives and notices are dropped, and so are batches that become empty.
 *
 * With the option `streaming`, the messages of transactions that have not ended come in
 * blocks, between `streamStart` and `streamStop`, each with the `xid` of its transaction or
 * subtransaction; blocks of different transactions alternate. Their content takes effect only
 * with the transaction's `streamCommit` (or, once that is committed, `streamPrepare`),
 * without the subtransactions named by a `streamAbort`.
 *
 * A Stream Abort of a transaction without a `streamStart` is dropped: PostgreSQL 18 sends it,
 * even without `streaming`, for a large transaction that was rolled back.
 *
 * Bytes that can't be decoded end the stream with a {@linkcode ProtocolError}.
 *
 * @example
 * ```ts
 * import { parseLsn, PgoutputDecoderStream } from "@walbrook/walbrook/pgoutput";
 * import { assertEquals } from "@std/assert";
 *
 * const insert = Uint8Array.from(
 *   [0x49, 0, 0, 0x40, 1, 0x4e, 0, 1, 0x74, 0, 0, 0, 1, 0x37],
 * );
 * const walStart = parseLsn("16/B374D848");
 * const messages = ReadableStream
 *   .from([[{ kind: "XLogData" as const, walStart, data: insert }]])
 *   .pipeThrough(new PgoutputDecoderStream());
 * for await (const batch of messages) {
 *   assertEquals(batch, [
 *     { kind: "insert", walStart, relationOid: 16385, newTuple: ["7"] },
 *   ]);
 * }
 * ```
 */
export class PgoutputDecoderStream
  extends TransformStream<readonly PgoutputInput[], PgoutputMessage[]> {
  #inStream = false;
  // The transactions that have begun in blocks and have not ended.
  readonly #streamed = new Set<number>();

  /** Creates a decoder for one connection. */
  constructor() {
    super({
      transform: (batch, controller) => {
        const messages = this.#decode(batch);
        if (messages.length > 0) controller.enqueue(messages);
      },
    });
  }

  #decode(batch: readonly PgoutputInput[]): PgoutputMessage[] {
    const messages: PgoutputMessage[] = [];
    for (const input of batch) {
      if (input.kind !== "XLogData") continue;
      const message = decodePgoutputMessage(input.data, input.walStart, {
        inStream: this.#inStream,
      });
      if (this.#takes(message)) messages.push(message);
    }
    return messages;
  }

  // Tracks the blocks; returns whether the message is valid at this point.
  #takes(message: PgoutputMessage): boolean {
    switch (message.kind) {
      case "streamStart":
        this.#inStream = true;
        this.#streamed.add(message.xid);
        return true;
      case "streamStop":
        this.#inStream = false;
        return true;
      case "streamAbort":
        return message.xid === message.subxid
          ? this.#streamed.delete(message.xid)
          : this.#streamed.has(message.xid);
      case "streamCommit":
      case "streamPrepare":
        this.#streamed.delete(message.xid);
        return true;
      default:
        return true;
    }
  }
}
