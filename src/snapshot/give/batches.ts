import type { EventAssembler } from "../../assembly/event_assembler.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { Relation } from "../../events/relation.ts";
import type {
  ChunkEvent,
  SnapshotEndEvent,
} from "../../events/snapshot_event.ts";
import { tableName } from "../../events/table_name.ts";
import type { ChunkProgress } from "../progress/chunk_progress.ts";
import { makeRows, type MakeRowsOptions, type Place } from "./give_out.ts";
import type { PublishedTable } from "../read/published_table.ts";
import type { RawRows } from "../read/raw_rows.ts";
import type { TableCopy } from "../tables/table_copy.ts";

/** Events that are given out together. */
export interface ChunkBatch {
  /** The events. */
  readonly batch: ReplicationEvent[];
  /** The chunk that ends with them, and what it means once it is done; `null` if none does. */
  readonly end: {
    readonly event: ChunkEvent;
    readonly progress: ChunkProgress;
  } | null;
}

/** Says that a copy begins. */
export function beginEvent(
  { table, run, reason }: TableCopy,
  relation: Relation,
  place: () => Place,
): ReplicationEvent {
  const { estimatedRows, estimatedBytes } = table;
  return {
    ...{ kind: "snapshotBegin", table: tableName(relation) } as const,
    ...place(),
    ...{ relation, run, reason, estimatedRows, estimatedBytes },
  };
}

/** Says that a copy ends. */
export function endEvent(
  { run, rows }: TableCopy,
  relation: Relation,
  place: () => Place,
  aborted: SnapshotEndEvent["aborted"],
): SnapshotEndEvent {
  return {
    ...{ kind: "snapshotEnd", table: tableName(relation) } as const,
    ...place(),
    ...{ relation, run, rows, aborted },
  };
}

/** Says that what came since the last of these is one chunk. */
export function chunkEnd(
  run: number,
  relation: Relation,
  place: () => Place,
  rows: number,
): ChunkEvent {
  return {
    ...{ kind: "chunk", table: tableName(relation) } as const,
    ...place(),
    ...{ relation, run, rows },
  };
}

/** Makes the events of some rows. */
export async function readEvents(
  assembler: EventAssembler,
  rows: { readonly table: PublishedTable; readonly rows: RawRows },
  { relation, run, place, ...how }: MakeRowsOptions & {
    readonly relation: Relation;
    readonly run: number;
    readonly place: () => Place;
  },
): Promise<ReplicationEvent[]> {
  const made = await makeRows(assembler, rows, how);
  const table = tableName(relation);
  return made.map(({ newRow, key }) => {
    const { transaction, index, lsn } = place();
    return {
      ...{ kind: "read", table, transaction, index, lsn } as const,
      ...{ relation, key, newRow, run },
    };
  });
}
