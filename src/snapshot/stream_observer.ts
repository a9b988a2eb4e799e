import type { ReplicationEvent } from "../events/event.ts";
import type { Lsn } from "../lsn.ts";
import type {
  MessageBatch,
  MessageSource,
} from "../reassembly/message_source.ts";
import type { XLogData } from "../replication/copy_both_message.ts";

/** What a copy needs of the link that streams. */
export interface StreamLink {
  /** Where the server begins: all that committed before it was delivered. */
  readonly start: Lsn;
  /** Whether values come in binary format. */
  readonly isBinary: boolean;
  /** Asks the server where it is. */
  readonly ask: () => void;
}

/** Follows what a reader of the stream delivers, and has it stop between two transactions. */
export interface StreamObserver {
  /** Takes what the messages are read from, and gives what to read them from instead. */
  follow(messages: MessageSource): MessageSource;
  /** Takes messages that were read, and are to be read again: the next ones. */
  putBack(messages: MessageBatch): void;
  /** Takes a change of a row, a truncation or a description of a table. */
  change(message: XLogData, event: ReplicationEvent): void;
  /** Takes the end of a transaction. */
  commit(event: ReplicationEvent): void;
  /** Whether to stop here, where the stream is at a position between two transactions. */
  isDue(position: Lsn): boolean;
  /** Whether the stream may end where it was asked to. */
  readonly mayEnd: boolean;
}
