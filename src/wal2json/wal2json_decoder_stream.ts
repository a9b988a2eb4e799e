import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import { ChunkAssembler } from "./chunk_assembler.ts";
import { decodeWal2jsonMessage } from "./decode_message.ts";
import type { Wal2jsonMessage } from "./message.ts";

/**
 * The input of a {@linkcode Wal2jsonDecoderStream}: the messages of a replication stream, of
 * which only `XLogData` is decoded.
 */
export type Wal2jsonInput =
  | {
    readonly kind: "XLogData";
    /** The position in the header. */
    readonly walStart: Lsn;
    /** One payload of wal2json. */
    readonly data: Uint8Array;
  }
  | { readonly kind: "PrimaryKeepaliveMessage" | "NoticeResponse" };

/** Options for a {@linkcode Wal2jsonDecoderStream}. */
export interface Wal2jsonDecoderStreamOptions {
  /**
   * The maximum size of a transaction that the option `write-in-chunks` has split, in bytes.
   * A larger one ends the stream with a `RangeError`.
   *
   * @default {268_435_456}
   */
  readonly maxBytes?: number;
}

const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Decodes the payloads of a replication stream, in format 1 (whole or in chunks) or 2:
 * batches in, batches out, in the same order. Keepalives and notices are dropped, and so are
 * batches that become empty.
 *
 * Bytes that can't be decoded end the stream with a {@linkcode ProtocolError}.
 *
 * @example
 * ```ts
 * import { parseLsn, Wal2jsonDecoderStream } from "@walbrook/walbrook/wal2json";
 * import { assertEquals } from "@std/assert";
 *
 * const walStart = parseLsn("16/B374D848");
 * const payloads = ['{"xid":7,"change":[', "]}"].map((text) => ({
 *   kind: "XLogData" as const,
 *   walStart,
 *   data: new TextEncoder().encode(text),
 * }));
 * const messages = ReadableStream.from([payloads])
 *   .pipeThrough(new Wal2jsonDecoderStream());
 * for await (const [message] of messages) {
 *   assertEquals(message?.kind, "transaction");
 *   assertEquals(message?.xid, 7);
 * }
 * ```
 */
export class Wal2jsonDecoderStream
  extends TransformStream<readonly Wal2jsonInput[], Wal2jsonMessage[]> {
  readonly #chunks: ChunkAssembler;

  /**
   * Creates a decoder for one connection.
   *
   * @param options The maximum size of a transaction.
   */
  constructor(options: Wal2jsonDecoderStreamOptions = {}) {
    super({
      transform: (batch, controller) => {
        const messages = this.#decode(batch);
        if (messages.length > 0) controller.enqueue(messages);
      },
      flush: () => {
        if (!this.#chunks.isOpen) return;
        throw new ProtocolError(
          "Cannot finish reading: the stream ended inside a transaction of wal2json",
        );
      },
    });
    this.#chunks = new ChunkAssembler(options.maxBytes ?? MAX_BYTES);
  }

  #decode(batch: readonly Wal2jsonInput[]): Wal2jsonMessage[] {
    const messages: Wal2jsonMessage[] = [];
    for (const input of batch) {
      if (input.kind !== "XLogData") continue;
      const document = this.#chunks.push(input.data);
      if (document === null) continue;
      messages.push(decodeWal2jsonMessage(document, input.walStart));
    }
    return messages;
  }
}
