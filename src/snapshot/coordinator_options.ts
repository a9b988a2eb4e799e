import type { EventAssembler } from "../assembly/event_assembler.ts";
import type { ChunkReaderOptions } from "./read/chunk_reader.ts";
import type { SnapshotState } from "./snapshot_state.ts";

/** Options for a `SnapshotCoordinator`. */
export interface SnapshotCoordinatorOptions {
  /** How to read. */
  readonly reader: Omit<ChunkReaderOptions, "signal">;
  /** How many connections read. */
  readonly readers: number;
  /** How far an earlier subscription was; `null` if nothing is known. */
  readonly state: SnapshotState;
  /** Whether to copy tables that have been copied before. */
  readonly always: boolean;
  /** Makes rows and descriptions as the stream would. */
  readonly assembler: EventAssembler;
  /** Does something again after a while if it fails for a reason that passes. */
  readonly retry: <T>(
    work: () => Promise<T>,
    signal: AbortSignal,
  ) => Promise<T>;
}
