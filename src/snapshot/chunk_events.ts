import type { EventAssembler } from "../assembly/event_assembler.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { ChunkEvent } from "../events/snapshot_event.ts";
import type { Relation } from "../events/relation.ts";
import { tableName } from "../events/table_name.ts";
import type { ChunkProgress, MovedRow } from "./copy_progress.ts";
import {
  describeTable,
  isDescribedOtherwise,
  makeRows,
  type Place,
} from "./give_out.ts";
import { overlayOf } from "./meet/overlay.ts";
import { rowFormat } from "./read/row_format.ts";
import type { TableCopy, WaitingChunk } from "./table_copy.ts";
import { isVisible } from "./meet/visibility.ts";

/** How to make the events of a chunk. */
export interface ChunkEventsOptions {
  /** Makes the place of the next event. */
  readonly place: () => Place;
  /** Whether the rows have the binary format. */
  readonly binary: boolean;
}

/** Events that are given out together. */
export interface ChunkBatch {
  /** The events. */
  readonly batch: ReplicationEvent[];
  /** What the chunk means once it is done; `null` unless it ends with this batch. */
  readonly progress: ChunkProgress | null;
  /** The event by which it is acknowledged; likewise. */
  readonly event: ChunkEvent | null;
}

// A batch has about so many bytes of COPY data, and so many rows at the most.
const BATCH_BYTES = 2 ** 16;
const BATCH_ROWS = 512;

/**
 * Makes the events of the first chunk that waits, at a point of the stream where all that it
 * sees has been delivered. A chunk that is of no use is thrown away.
 *
 * @param copy The copy of its table, which is brought up to date.
 * @param assembler Makes rows as the stream would.
 * @param options Where they stand.
 */
export async function* chunkEvents(
  copy: TableCopy,
  assembler: EventAssembler,
  { place, binary }: ChunkEventsOptions,
): AsyncGenerator<ChunkBatch> {
  const [waiting] = copy.waiting;
  if (waiting === undefined) return;
  const { chunk } = waiting;
  const { table, rows, snapshot } = chunk;
  const racers = copy.log.invisibleTo(snapshot);
  const overlay = overlayOf(racers);
  // The stream has gone on to other columns; or there is too much that the chunk does not see.
  const isBehind = waiting.descriptions !== copy.descriptions &&
    isDescribedOtherwise(assembler, table);
  if (isBehind || overlay === null) {
    copy.discard();
    return;
  }
  const { relation, event } = await describeTable(assembler, chunk, place);
  let batch: ReplicationEvent[] = event === null ? [] : [event];
  if (!copy.isAnnounced) batch.push(beginEvent(copy, relation, place));
  copy.isAnnounced = true;
  const format = rowFormat(table, binary);
  const { run } = copy;
  const name = tableName(relation);
  let count = 0;
  for (let from = 0; from < rows.length;) {
    const to = batchEnd(waiting, from);
    const made = await makeRows(assembler, chunk, {
      format,
      from,
      to,
      overlay,
    });
    for (const { newRow, key } of made) {
      const { transaction, index, lsn } = place();
      batch.push({
        ...{ kind: "read", table: name, transaction, index, lsn } as const,
        ...{ relation, key, newRow, run },
      });
    }
    count += made.length;
    settleSeen(copy, waiting, { from, to, format });
    rows.release(from, to);
    from = to;
    if (from < rows.length && batch.length > 0) {
      yield { batch, progress: null, event: null };
      batch = [];
    }
  }
  const settled = settle(copy, waiting);
  copy.give(waiting, count);
  copy.log.prune(snapshot);
  const isEnd = copy.isRangeDone && copy.again.size === 0;
  if (isEnd) {
    copy.end = "complete";
    batch.push({
      kind: "snapshotEnd",
      table: name,
      ...place(),
      ...{ relation, run, rows: copy.rows, aborted: null },
    });
  }
  // The last, since with it all before is acknowledged.
  const chunkEvent = {
    kind: "chunk",
    table: name,
    ...place(),
    ...{ relation, run, rows: count },
  } as const;
  batch.push(chunkEvent);
  const progress: ChunkProgress = {
    ...{ oid: table.oid, run, lsn: chunkEvent.lsn, settled, isEnd },
    after: copy.after,
    rows: count,
    bytes: rows.size,
  };
  yield { batch, progress, event: chunkEvent };
}

function beginEvent(
  { table, run, reason }: TableCopy,
  relation: Relation,
  place: () => Place,
): ReplicationEvent {
  const { estimatedRows, estimatedBytes } = table;
  return {
    kind: "snapshotBegin",
    table: tableName(relation),
    ...place(),
    ...{ relation, run, reason, estimatedRows, estimatedBytes },
  };
}

function batchEnd({ chunk: { rows } }: WaitingChunk, from: number): number {
  const most = Math.min(rows.length, from + BATCH_ROWS);
  let size = 0;
  let to = from;
  while (to < most && size < BATCH_BYTES) {
    size += rows.end(to) - rows.start(to);
    to++;
  }
  return to;
}

// A row that was moved ahead of the copy needs not be read once more where it has come by
// itself.
function settleSeen(
  copy: TableCopy,
  waiting: WaitingChunk,
  { from, to, format }: {
    readonly from: number;
    readonly to: number;
    readonly format: ReturnType<typeof rowFormat>;
  },
): void {
  const { chunk } = waiting;
  if (chunk.keys !== null || copy.again.size === 0) return;
  for (let i = from; i < to; i++) {
    const moved = copy.again.get(format.key(chunk.rows, i));
    if (moved === undefined || !isVisible(moved.xid, chunk.snapshot)) continue;
    waiting.seen.push(moved);
  }
}

// What need not be read once more: rows that were asked for, or have come, in the state in
// which the transaction left them that moved them.
function settle(
  copy: TableCopy,
  { chunk, seen }: WaitingChunk,
): readonly MovedRow[] {
  const asked = (chunk.keys ?? []).flatMap((key) => copy.again.get(key) ?? []);
  const settled = [...asked, ...seen].filter(({ xid }) =>
    isVisible(xid, chunk.snapshot)
  );
  for (const { key, xid } of settled) {
    if (copy.again.get(key)?.xid === xid) copy.again.delete(key);
  }
  return settled;
}
