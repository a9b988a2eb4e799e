import type { EventAssembler } from "../assembly/event_assembler.ts";
import type { Retry } from "./tables/retry.ts";
import type { CopyTablesOptions } from "./tables/copy_tables.ts";
import type { ChunkReaderOptions } from "./read/chunk_reader.ts";
import type { SnapshotState } from "./progress/snapshot_state.ts";

/** Options for a `SnapshotCoordinator`. */
export interface SnapshotCoordinatorOptions
  extends Omit<CopyTablesOptions, "textsOf" | "onChange"> {
  /** How to read. */
  readonly reader: Omit<ChunkReaderOptions, "signal" | "isBinary">;
  /** The number of connections that read. */
  readonly readers: number;
  /** The fraction of the time in which nothing is read, from 0 to 0.9. */
  readonly idle: number;
  /** The progress of an earlier subscription. */
  readonly state: SnapshotState;
  /** Whether a later subscription continues unfinished copies. */
  readonly isResumable: boolean;
  /** Whether tables that are published later are not copied. */
  readonly isSelective: boolean;
  /** Whether the stream ends once all tables have been copied. */
  readonly endsWithCopy: boolean;
  /** Creates rows and descriptions like those of the stream. */
  readonly assembler: EventAssembler;
  /** Retries after a transient error. */
  readonly retry: Retry;
  /** Returns whether an error is transient. */
  readonly mayPass: (error: unknown) => boolean;
}
