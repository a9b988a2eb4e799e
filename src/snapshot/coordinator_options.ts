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
  /** How many connections read. */
  readonly readers: number;
  /** The part of the time in which nothing is read, from 0 to 0.9. */
  readonly idle: number;
  /** How far an earlier subscription was. */
  readonly state: SnapshotState;
  /** Whether a later subscription continues what this one leaves. */
  readonly isResumable: boolean;
  /** Whether tables that are published later are left alone. */
  readonly isSelective: boolean;
  /** Whether the stream ends once all tables have been copied. */
  readonly endsWithCopy: boolean;
  /** Makes rows and descriptions as the stream would. */
  readonly assembler: EventAssembler;
  /** Does something again after a while if it fails for a reason that passes. */
  readonly retry: Retry;
  /** Tells whether an error passes by itself. */
  readonly mayPass: (error: unknown) => boolean;
}
