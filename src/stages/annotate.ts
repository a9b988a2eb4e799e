import type { LogicalMessageEvent, ReplicationEvent } from "../events/event.ts";
import type { TransactionInfo } from "../events/transaction_info.ts";
import { StageStream } from "./stage.ts";

/** A program's annotations of a transaction: who made it, why, for which request. */
export type Annotations = Readonly<Record<string, unknown>>;

/** A transaction with its annotations. */
export interface AnnotatedTransaction extends TransactionInfo {
  /** The members of the annotating messages so far. */
  readonly annotations: Annotations;
}

/** Options for {@linkcode annotate}. */
export interface AnnotateOptions {
  /** The prefix of the messages that annotate. */
  readonly prefix: string;
  /**
   * Whether to pass on these messages, too.
   *
   * @default {false}
   */
  readonly keepMessages?: boolean;
}

/**
 * Adds the content of a logical message to all later changes of its transaction, as
 * `event.transaction.annotations`. A program annotates a transaction with `SELECT
 * pg_logical_emit_message(true, 'app', '{"user": "ada", "request": 17}')` at its beginning.
 * The content must be a JSON object; any other message with the prefix passes unchanged. The
 * members of several messages are merged.
 *
 * Requires a subscription to messages: `messages: false` omits them.
 *
 * @example
 * ```ts
 * import { annotate, annotationsOf } from "@walbrook/walbrook/stages";
 * import type { ReplicationEvent } from "@walbrook/walbrook";
 *
 * const stage = annotate({ prefix: "app" });
 * function whoDid(event: ReplicationEvent): unknown {
 *   return annotationsOf(event)?.user;
 * }
 * console.log(stage instanceof TransformStream, whoDid.name);
 * ```
 *
 * @param options Which messages annotate.
 * @returns The stage.
 */
export function annotate(
  { prefix, keepMessages = false }: AnnotateOptions,
): StageStream {
  let current: AnnotatedTransaction | null = null;
  return new StageStream((event) => {
    if (event.kind === "message" && event.prefix === prefix) {
      const said = event.transaction && readAnnotations(event);
      if (said !== null) {
        const before = isOf(current, event) ? current : event.transaction!;
        const annotations = { ...annotationsIn(before), ...said };
        current = { ...before, annotations };
        return keepMessages ? withTransaction(event, current) : null;
      }
    }
    if (isOf(current, event)) return withTransaction(event, current);
    current = null;
    return event;
  });
}

/**
 * Returns the annotations of an event's transaction so far.
 *
 * @example
 * ```ts
 * import { annotationsOf } from "@walbrook/walbrook/stages";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(annotationsOf({ transaction: null }), null);
 * ```
 *
 * @param event The event, after {@linkcode annotate}.
 * @returns The annotations; `null` if there are none.
 */
export function annotationsOf(
  { transaction }: { readonly transaction: TransactionInfo | null },
): Annotations | null {
  return transaction && annotationsIn(transaction);
}

function annotationsIn(transaction: TransactionInfo): Annotations | null {
  return "annotations" in transaction
    ? (transaction as AnnotatedTransaction).annotations
    : null;
}

// A transaction that continues over a new connection is another object.
function isOf(
  current: AnnotatedTransaction | null,
  { transaction }: ReplicationEvent,
): current is AnnotatedTransaction {
  return current !== null && transaction !== null &&
    transaction.commitLsn === current.commitLsn;
}

function withTransaction(
  event: ReplicationEvent,
  transaction: AnnotatedTransaction,
): ReplicationEvent {
  return { ...event, transaction } as ReplicationEvent;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

function readAnnotations({ content }: LogicalMessageEvent): Annotations | null {
  try {
    const value: unknown = JSON.parse(UTF8.decode(content));
    const isObject = typeof value === "object" && value !== null &&
      !Array.isArray(value);
    return isObject ? value as Annotations : null;
  } catch {
    return null;
  }
}
