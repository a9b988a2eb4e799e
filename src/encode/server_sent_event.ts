import { formatLsn, type Lsn } from "../lsn.ts";
import type { TransactionInfo } from "../events/transaction_info.ts";
import type { ReplicationEvent } from "../events/event.ts";
import { toJson, transactionText } from "./to_json.ts";

/** A whole transaction, or an event between two transactions. */
export interface EncodableTransaction {
  /** Its id, origin, commit position and time; `null` outside of transactions. */
  readonly transaction: TransactionInfo | null;
  /** Its changes, in order. */
  readonly changes: readonly ReplicationEvent[];
  /** The end position. */
  readonly endLsn: Lsn;
}

/**
 * Converts a transaction to one server-sent event. A browser that reconnects sends the last
 * `id` as `Last-Event-ID`, so it always resumes between two transactions, never within one.
 *
 * The `id` is the end position of the transaction, as an LSN; rows of an initial copy have
 * none, since no position represents the progress of a copy. The `data` is an object with
 * `transaction`, `endLsn` and `changes`, each in the format of {@linkcode toJson}.
 *
 * Source: the HTML Standard, "Server-sent events".
 *
 * @example
 * ```ts
 * import { toServerSentEvent } from "@walbrook/walbrook/encode";
 * import { toLsn } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const endLsn = toLsn(0x16_b374d848n);
 * assertEquals(
 *   toServerSentEvent({ transaction: null, changes: [], endLsn }),
 *   "id: 16/B374D848\nevent: transaction\n" +
 *     'data: {"transaction":null,"endLsn":"16/B374D848","changes":[]}\n\n',
 * );
 * ```
 *
 * @param transaction The transaction, as delivered by `subscription.transactions()`.
 * @returns The event, with the empty line that ends it.
 */
export function toServerSentEvent(
  { transaction, changes, endLsn }: EncodableTransaction,
): string {
  const position = formatLsn(endLsn);
  const isCopy = changes.some(({ kind }) => kind === "read");
  const id = isCopy ? "" : `id: ${position}\n`;
  return `${id}event: ${
    isCopy ? "copy" : "transaction"
  }\ndata: {"transaction":${
    transactionText(transaction)
  },"endLsn":"${position}","changes":[${changes.map(toJson).join(",")}]}\n\n`;
}

/**
 * Converts transactions to server-sent events, like {@linkcode toServerSentEvent}.
 *
 * @example
 * ```ts
 * import { ServerSentEventStream } from "@walbrook/walbrook/encode";
 * import type { Subscription } from "@walbrook/walbrook";
 *
 * function respond(subscription: Subscription): Response {
 *   const body = subscription.transactions()
 *     .pipeThrough(new ServerSentEventStream())
 *     .pipeThrough(new TextEncoderStream());
 *   return new Response(body, {
 *     headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
 *   });
 * }
 * console.log(respond.name);
 * ```
 */
export class ServerSentEventStream
  extends TransformStream<EncodableTransaction, string> {
  /** Creates the stage. */
  constructor() {
    super({
      transform: (transaction, controller) =>
        controller.enqueue(toServerSentEvent(transaction)),
    });
  }
}
