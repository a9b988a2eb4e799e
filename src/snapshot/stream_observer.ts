import type { ReplicationEvent } from "../events/event.ts";
import type { Lsn } from "../lsn.ts";
import type {
  MessageBatch,
  MessageSource,
} from "../reassembly/message_source.ts";
import type { XLogData } from "../replication/copy_both_message.ts";

/** The members of a streaming link that a copy uses. */
export interface StreamLink {
  /** The position where the server starts: everything committed before it was delivered. */
  readonly start: Lsn;
  /** Whether values come in binary format. */
  readonly isBinary: boolean;
  /** Asks the server for its current position. */
  readonly ask: () => void;
}

/** Observes a reader of the stream, and may stop it between two transactions. */
export interface StreamObserver {
  /** Wraps the source of the messages. */
  follow(messages: MessageSource): MessageSource;
  /** Returns messages that were read, to be read next. */
  putBack(messages: MessageBatch): void;
  /** Observes a change of a row, a truncation, or a description of a table. */
  change(message: XLogData, event: ReplicationEvent): void;
  /** Observes the end of a transaction. */
  commit(event: ReplicationEvent): void;
  /** Returns whether to stop at this position, which is between two transactions. */
  isDue(position: Lsn): boolean;
  /** Whether the stream may end at its requested end. */
  readonly mayEnd: boolean;
}
