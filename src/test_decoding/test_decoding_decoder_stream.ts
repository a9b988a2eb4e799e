import type { Lsn } from "../lsn.ts";
import { decodeTestDecodingMessage } from "./decode_message.ts";
import type { TestDecodingMessage } from "./message.ts";

/**
 * The input of a {@linkcode TestDecodingDecoderStream}: the messages of a replication stream,
 * of which only `XLogData` is decoded.
 */
export type TestDecodingInput =
  | {
    readonly kind: "XLogData";
    /** The position in the header. */
    readonly walStart: Lsn;
    /** One complete message of test_decoding. */
    readonly data: Uint8Array;
  }
  | { readonly kind: "PrimaryKeepaliveMessage" | "NoticeResponse" };

/**
 * Decodes the payloads of a replication stream: batches in, batches out, in the same order.
 * Keepalives and notices are dropped, and so are batches that become empty.
 *
 * Bytes that can't be decoded end the stream with a {@linkcode ProtocolError}.
 *
 * @example
 * ```ts
 * import {
 *   parseLsn,
 *   TestDecodingDecoderStream,
 * } from "@walbrook/walbrook/test_decoding";
 * import { assertEquals } from "@std/assert";
 *
 * const walStart = parseLsn("16/B374D848");
 * const data = new TextEncoder().encode("BEGIN 748");
 * const messages = ReadableStream
 *   .from([[{ kind: "XLogData" as const, walStart, data }]])
 *   .pipeThrough(new TestDecodingDecoderStream());
 * for await (const batch of messages) {
 *   assertEquals(batch, [{ kind: "begin", walStart, xid: 748 }]);
 * }
 * ```
 */
export class TestDecodingDecoderStream
  extends TransformStream<readonly TestDecodingInput[], TestDecodingMessage[]> {
  /** Creates a decoder for one connection. */
  constructor() {
    super({
      transform: (batch, controller) => {
        const messages = decodeBatch(batch);
        if (messages.length > 0) controller.enqueue(messages);
      },
    });
  }
}

function decodeBatch(
  batch: readonly TestDecodingInput[],
): TestDecodingMessage[] {
  const messages: TestDecodingMessage[] = [];
  for (const input of batch) {
    if (input.kind !== "XLogData") continue;
    messages.push(decodeTestDecodingMessage(input.data, input.walStart));
  }
  return messages;
}
