import type { EventAssembler } from "../../assembly/event_assembler.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import {
  beginEvent,
  type ChunkBatch,
  chunkEnd,
  endEvent,
  readEvents,
} from "./batches.ts";
import type { ChunkProgress } from "../progress/chunk_progress.ts";
import { describeTable, type Place } from "./make_rows.ts";
import type { ChunkReader } from "../read/chunk_reader.ts";
import { RawRows } from "../read/raw_rows.ts";
import type { TableCopy } from "../tables/table_copy.ts";
import { isVisible } from "../reconcile/visibility.ts";

/** How to create the events of a table that is copied as a whole. */
export interface WholeEventsOptions {
  /** Creates the place of the next event. */
  readonly place: () => Place;
  /** The approximate number of bytes to acknowledge at a time. */
  readonly chunkBytes: number;
}

const NOTHING_OVER = { truncated: false, rows: new Map() };

/**
 * Reads a table in one snapshot while the stream is paused between two transactions, and
 * creates events for its rows. Ends without any if the table is not ready: it has another
 * definition, or the snapshot does not see what was removed from the stream.
 *
 * @param copy The copy of the table, which is updated.
 * @param reader Reads it.
 * @param assembler Creates rows like those of the stream.
 * @param options The place of the rows, and their size.
 */
export async function* wholeEvents(
  copy: TableCopy,
  reader: ChunkReader,
  assembler: EventAssembler,
  { place, chunkBytes }: WholeEventsOptions,
): AsyncGenerator<ChunkBatch> {
  const { table, run } = copy;
  copy.isReady = false;
  const reading = await reader.readAll(table, copy.where);
  try {
    const { state } = reading;
    const isSame = state.oid === table.oid &&
      state.signature === table.signature;
    const isSeen = [...copy.leftOut].every((xid) =>
      isVisible(xid, state.snapshot)
    );
    if (!isSame || !isSeen) return;
    const { snapshot } = state;
    const described = await describeTable(
      assembler,
      { table, snapshot },
      place,
    );
    const { relation, event } = described;
    let batch: ReplicationEvent[] = event === null ? [] : [event];
    batch.push(beginEvent(copy, relation, place));
    copy.isAnnounced = true;
    const { format } = reading;
    let size = 0;
    let count = 0;
    const endBatch = (isEnd: boolean): ChunkBatch => {
      const event = chunkEnd(run, relation, place, count);
      const hold = isEnd ? { snapshot, until: state.insertLsn } : null;
      const progress: ChunkProgress = {
        ...{ oid: table.oid, run, lsn: event.lsn, after: null, arrived: [] },
        ...{ isEnd, rows: count, bytes: size, hold },
      };
      return { batch: [...batch, event], end: { event, progress } };
    };
    for (;;) {
      const rows: RawRows = new RawRows();
      const isMore = await reading.next(rows);
      const how = { format, from: 0, to: rows.length, overlay: NOTHING_OVER };
      const reads = await readEvents(assembler, { table, rows }, {
        ...{ relation, run, place },
        ...how,
      });
      for (const read of reads) batch.push(read);
      size += rows.size;
      count += reads.length;
      copy.rows += reads.length;
      copy.bytes += rows.size;
      // The copy was restarted, or must end.
      if (copy.run !== run || copy.aborted !== null) return;
      if (!isMore) break;
      if (size < chunkBytes) {
        if (batch.length > 0) yield { batch, end: null };
        batch = [];
        continue;
      }
      yield endBatch(false);
      batch = [];
      size = 0;
      count = 0;
    }
    copy.leftOut.clear();
    copy.finish("complete");
    batch.push(endEvent(copy, relation, place, null));
    yield endBatch(true);
  } finally {
    await reading.close();
  }
}
