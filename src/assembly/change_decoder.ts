import type { Lsn } from "../lsn.ts";
import type { XLogData } from "../replication/copy_both_message.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { UnixMicros } from "../timestamp.ts";

/**
 * The beginning of a committed or prepared transaction. Its first change creates the `begin`
 * event, so an empty transaction has none.
 */
export interface TransactionBegun {
  /** Distinguishes it from events. */
  readonly kind: "transactionBegun";
  /** The position of its commit record, or of its prepare record. */
  readonly commitLsn: Lsn;
  /** The time of that record. */
  readonly commitTime: UnixMicros;
}

/** The end of a transaction without anything to deliver. */
export interface EmptyTransaction {
  /** Distinguishes it from events. */
  readonly kind: "emptyTransaction";
  /** The position where its commit record ends. */
  readonly endLsn: Lsn;
}

/** One step of a stream: an event, or a position without an event. */
export type DecodedStep =
  | ReplicationEvent
  | TransactionBegun
  | EmptyTransaction;

/**
 * The result of one message: usually one step, rarely several in their order, and `null` for
 * a message that only affects how later ones are decoded.
 */
export type Decoded = DecodedStep | readonly DecodedStep[] | null;

/**
 * Converts the messages of an output plugin to the steps of a stream. It is used for the
 * whole subscription, over all its connections.
 */
export interface ChangeDecoder {
  /** Whether a transaction has begun and has not ended yet. */
  readonly inTransaction: boolean;
  /** Starts a new connection: discards what the previous one left unfinished. */
  resume(): void;
  /**
   * Decodes the next message.
   *
   * @param message The message, with the plugin's payload.
   * @returns The resulting steps. A promise if something must be looked up first; no other
   * message may be pushed until it settles.
   * @throws {ProtocolError} If the payload is malformed, or does not fit the previous ones.
   */
  push(message: XLogData): Decoded | Promise<Decoded>;
}

/** Adds an event after the one that begins its transaction, if there is one. */
export function after(
  begin: ReplicationEvent | null,
  event: ReplicationEvent,
): Decoded {
  return begin === null ? event : [begin, event];
}
