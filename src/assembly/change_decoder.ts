import type { Lsn } from "../lsn.ts";
import type { XLogData } from "../replication/copy_both_message.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { UnixMicros } from "../timestamp.ts";

/**
 * A transaction begins that has committed, or that is prepared. Its first change makes the
 * `begin` event, so that an empty transaction makes none.
 */
export interface TransactionBegun {
  /** Distinguishes it from events. */
  readonly kind: "transactionBegun";
  /** The position of its commit record, or of its prepare record. */
  readonly commitLsn: Lsn;
  /** The time of that record. */
  readonly commitTime: UnixMicros;
}

/** A transaction is complete of which there is nothing to deliver. */
export interface EmptyTransaction {
  /** Distinguishes it from events. */
  readonly kind: "emptyTransaction";
  /** The position where its commit record ends. */
  readonly endLsn: Lsn;
}

/** One step of a stream: an event, or a position that makes no event. */
export type DecodedStep =
  | ReplicationEvent
  | TransactionBegun
  | EmptyTransaction;

/**
 * The result of one message: mostly one step, seldom several in their order, and `null` for
 * a message that only tells how to read later ones.
 */
export type Decoded = DecodedStep | readonly DecodedStep[] | null;

/**
 * Turns the messages of an output plugin into the steps of a stream. It lives as long as the
 * subscription, over all its connections.
 */
export interface ChangeDecoder {
  /** Whether a transaction has begun and has not ended yet. */
  readonly inTransaction: boolean;
  /** Begins a new connection: forgets what the one before left unfinished. */
  resume(): void;
  /**
   * Decodes the next message.
   *
   * @param message The message, with the plugin's payload.
   * @returns The steps that it makes. A promise if something has to be looked up first; no
   * other message may be pushed until then.
   * @throws {ProtocolError} If the payload is broken, or does not fit those before it.
   */
  push(message: XLogData): Decoded | Promise<Decoded>;
}

/** Puts an event after the one that begins its transaction, if that is new. */
export function after(
  begin: ReplicationEvent | null,
  event: ReplicationEvent,
): Decoded {
  return begin === null ? event : [begin, event];
}
