import type { Lsn } from "../../lsn.ts";
import type { MovedRow } from "../progress/chunk_progress.ts";
import type { Chunk } from "../read/chunk.ts";

/** What to read next from a table. */
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
  /** The position that the stream must reach. */
  target: Lsn;
  /** How often the stream had described the table when it was read. */
  readonly descriptions: number;
  /** Those of its rows that had to be read again. */
  readonly seen: MovedRow[];
}
