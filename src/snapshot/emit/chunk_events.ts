import type { EventAssembler } from "../../assembly/event_assembler.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { Relation } from "../../events/relation.ts";
import type { ChunkProgress, MovedRow } from "../progress/chunk_progress.ts";
import {
  describeTable,
  isDescribedOtherwise,
  type Place,
} from "./make_rows.ts";
import {
  beginEvent,
  type ChunkBatch,
  chunkEnd,
  endEvent,
  readEvents,
} from "./batches.ts";
import { overlayOf } from "../reconcile/overlay.ts";
import type { RowFormat } from "../read/row_format.ts";
import type { TableCopy } from "../tables/table_copy.ts";
import type { WaitingChunk } from "../tables/waiting_chunk.ts";
import { isVisible } from "../reconcile/visibility.ts";

// The approximate number of bytes of COPY data in a batch, and the maximum number of rows.
const BATCH_BYTES = 2 ** 16;
const BATCH_ROWS = 512;

/**
 * Creates the events of the first waiting chunk, at a point of the stream where everything
 * that the chunk sees has been delivered. A useless chunk is discarded.
 *
 * @param copy The copy of its table, which is updated.
 * @param assembler Creates rows like those of the stream.
 * @param place Creates the place of the next event.
 */
export async function* chunkEvents(
  copy: TableCopy,
  assembler: EventAssembler,
  place: () => Place,
): AsyncGenerator<ChunkBatch> {
  const waiting = copy.take();
  if (waiting === null) return;
  const { chunk } = waiting;
  const { run } = copy;
  const { table, rows, format, snapshot } = chunk;
  const racers = copy.log.invisibleTo(snapshot);
  const overlay = overlayOf(racers);
  // The stream has continued with other columns, or the chunk misses too many changes.
  const isBehind = waiting.descriptions !== copy.descriptions &&
    isDescribedOtherwise(assembler, table);
  if (isBehind || overlay === null) {
    copy.giving = null;
    copy.discard();
    // Until a chunk sees it.
    if (overlay === null) copy.guardEpoch++;
    return;
  }
  const described = await describeTable(assembler, chunk, place);
  const { relation } = described;
  let batch: ReplicationEvent[] = [];
  if (described.event !== null) batch.push(described.event);
  if (!copy.isAnnounced) batch.push(beginEvent(copy, relation, place));
  copy.isAnnounced = true;
  let count = 0;
  for (let from = 0; from < rows.length;) {
    const to = batchEnd(waiting, from);
    const reads = await readEvents(assembler, chunk, {
      ...{ relation, run, place, format, from, to, overlay },
    });
    for (const read of reads) batch.push(read);
    count += reads.length;
    collectArrived(copy, waiting, { from, to, format });
    rows.release(from, to);
    from = to;
    if (from < rows.length && batch.length > 0) {
      yield { batch, end: null };
      batch = [];
    }
  }
  // A copy that has been restarted in the meantime has another number.
  const counts = copy.give(waiting, count);
  const arrived = counts ? removeArrived(copy, waiting) : [];
  copy.log.prune(snapshot);
  const isEnd = counts && copy.isRangeDone && copy.again.size === 0;
  if (isEnd) {
    copy.finish("complete");
    batch.push(endEvent(copy, relation, place, null));
  }
  // The last one, because it acknowledges everything before it.
  const event = chunkEnd(run, relation, place, count);
  batch.push(event);
  const { after } = copy;
  const progress: ChunkProgress = {
    ...{ oid: table.oid, run, lsn: event.lsn, after, arrived, isEnd },
    ...{ rows: count, bytes: rows.size, hold: null },
  };
  yield { batch, end: { event, progress } };
}

/**
 * Creates the events for a copy that ends early.
 *
 * @param copy The copy.
 * @param relation Its table, as last described to the consumer.
 * @param place Creates the place of the next event.
 */
export function abortEvents(
  copy: TableCopy,
  relation: Relation,
  place: () => Place,
): ChunkBatch {
  const { aborted, table, run } = copy;
  const end = endEvent(copy, relation, place, aborted);
  const event = chunkEnd(run, relation, place, 0);
  copy.finish(aborted ?? "cancelled");
  const progress: ChunkProgress = {
    ...{ oid: table.oid, run, lsn: event.lsn, after: null, arrived: [] },
    ...{ isEnd: false, rows: 0, bytes: 0, hold: null },
  };
  return { batch: [end, event], end: { event, progress } };
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

// Collects moved rows that the copy has reached on its way: they need not be read again.
function collectArrived(
  copy: TableCopy,
  waiting: WaitingChunk,
  { from, to, format }: {
    readonly from: number;
    readonly to: number;
    readonly format: RowFormat;
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

// Removes and returns the moved rows that need not be read again: those requested by key or
// reached on the way, if the chunk sees the transaction that moved them.
function removeArrived(
  copy: TableCopy,
  { chunk, seen }: WaitingChunk,
): readonly MovedRow[] {
  const asked = (chunk.keys ?? []).flatMap((key) => copy.again.get(key) ?? []);
  const arrived = [...asked, ...seen].filter(({ xid }) =>
    isVisible(xid, chunk.snapshot)
  );
  for (const { key, xid } of arrived) {
    if (copy.again.get(key)?.xid === xid) copy.again.delete(key);
  }
  return arrived;
}
