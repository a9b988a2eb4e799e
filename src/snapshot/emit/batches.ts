import type { EventAssembler } from "../../assembly/event_assembler.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { Relation } from "../../events/relation.ts";
import type {
  ChunkEvent,
  SnapshotEndEvent,
} from "../../events/snapshot_event.ts";
import { tableName } from "../../events/table_name.ts";
import type { ChunkProgress } from "../progress/chunk_progress.ts";
import { makeRows, type MakeRowsOptions, type Place } from "./make_rows.ts";
import type { PublishedTable } from "../read/published_table.ts";
import type { RawRows } from "../read/raw_rows.ts";
import type { TableCopy } from "../tables/table_copy.ts";

/** Events that are emitted together. */
export interface ChunkBatch {
  /** The events. */
  readonly batch: ReplicationEvent[];
  /** The chunk that ends with them, and its effect once acknowledged; `null` if none ends. */
  readonly end: {
    readonly event: ChunkEvent;
    readonly progress: ChunkProgress;
  } | null;
}

/** Creates the event for the start of a copy. */
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

/** Creates the event for the end of a copy. */
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

/** Creates the event that completes a chunk. */
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

/** Creates the events for some rows. */
export async function readEvents(
  assembler: EventAssembler,
  rows: { readonly table: PublishedTable; readonly rows: RawRows },
  { relation, run, place, ...how }: MakeRowsOptions & {
    readonly relation: Relation;
    readonly run: number;
    readonly place: () => Place;
  },
): Promise<ReplicationEvent[]> {
  const table = tableName(relation);
  const events: ReplicationEvent[] = [];
  await makeRows(assembler, rows, how, (newRow, key) => {
    const { transaction, index, lsn } = place();
    // There are millions of these: copying properties from other objects takes longer.
    // deno-fmt-ignore
    events.push({
      kind: "read", table, transaction, index, lsn, relation, key, newRow, run,
    });
  });
  return events;
}
