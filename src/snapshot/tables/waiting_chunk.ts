import type { Lsn } from "../../lsn.ts";
import type { MovedRow } from "../progress/chunk_progress.ts";
import type { Chunk } from "../read/chunk.ts";

/** What to read next of a table. */
export type NextRead =
  | { readonly kind: "after"; readonly key: readonly string[] | null }
  | {
    readonly kind: "keys";
    readonly keys: ReadonlyMap<string, readonly string[]>;
  };

/** A chunk that was read and waits for the stream. */
export interface WaitingChunk {
  /** What was read. */
  readonly chunk: Chunk;
  /** How far the stream has to be. */
  target: Lsn;
  /** How many times the stream had described the table when it was read. */
  readonly descriptions: number;
  /** Rows of it that were to be read once more. */
  readonly seen: MovedRow[];
}
