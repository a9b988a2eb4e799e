import type { CopyBothMessage } from "../replication/copy_both_message.ts";

/** Messages that arrived together. */
export type MessageBatch = readonly CopyBothMessage[];

/** The source of the messages of one connection. */
export interface MessageSource {
  /**
   * Returns the next batch, waiting for one if necessary. Its bytes may be overwritten when
   * the next one is requested.
   *
   * @returns The batch, which may be empty, or `null` at the end of the stream.
   * @throws The error that broke the stream, after everything that arrived before it.
   */
  next(): Promise<MessageBatch | null>;
  /** Discards what is here and what still arrives, up to the end of the stream. */
  drain(): Promise<void>;
}
