import type { CopyBothMessage } from "../replication/copy_both_message.ts";

/** Messages that arrived together. */
export type MessageBatch = readonly CopyBothMessage[];

/** Where the messages of one connection are read from. */
export interface MessageSource {
  /**
   * Takes the next batch, and waits for it where none is here. Its bytes may be
   * overwritten once the next one is asked for.
   *
   * @returns The batch, which may be empty, or `null` at the end of the stream.
   * @throws What broke the stream, behind all that came before.
   */
  next(): Promise<MessageBatch | null>;
  /** Drops what is here and what still comes, up to the end of the stream. */
  drain(): Promise<void>;
}
