import type { Lsn } from "../lsn.ts";
import type { XLogData } from "../replication/copy_both_message.ts";
import type { UnixMicros } from "../timestamp.ts";
import type { ReplicationEvent } from "../events/event.ts";

/** What a message of the output plugin means for the account of positions. */
export type PositionEffect =
  /** A transaction begins that has committed, or that is prepared. */
  | {
    readonly kind: "begin";
    /** Where its commit record begins, or its prepare record. */
    readonly commitLsn: Lsn;
  }
  /** The transaction is complete. */
  | {
    readonly kind: "commit";
    /** Where that record ends: the position that acknowledges it. */
    readonly endLsn: Lsn;
    /** When it committed; `null` where the plugin does not say. */
    readonly commitTime: UnixMicros | null;
  }
  /** A message that belongs to no transaction, or the outcome of a prepared one. */
  | {
    readonly kind: "standalone";
    /** Where it ends: the position that acknowledges it. */
    readonly lsn: Lsn;
  };

/**
 * Turns what an output plugin sends into events. It lives as long as the subscription,
 * over all its connections.
 */
export interface ChangeDecoder {
  /** Whether a transaction has begun whose end has not come yet. */
  readonly inTransaction: boolean;
  /** Begins a new connection: what the one before left unfinished is forgotten. */
  resume(): void;
  /**
   * Takes the next message.
   *
   * @param message The message, with the plugin's payload.
   * @param events Gets what it makes appended.
   * @returns What it means for the positions, or `null` if nothing. A promise where
   * something has to be looked up first; no other message may be pushed until then.
   * @throws {ProtocolError} If the payload is broken, or does not fit to those before it.
   */
  push(
    message: XLogData,
    events: ReplicationEvent[],
  ): PositionEffect | null | Promise<PositionEffect | null>;
}
