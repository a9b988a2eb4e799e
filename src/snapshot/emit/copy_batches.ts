import type { EventAssembler } from "../../assembly/event_assembler.ts";
import type { ChunkReader } from "../read/chunk_reader.ts";
import type { TableCopy } from "../tables/table_copy.ts";
import type { ChunkBatch } from "./batches.ts";
import { abortEvents, chunkEvents } from "./chunk_events.ts";
import type { Place } from "./make_rows.ts";
import { wholeEvents } from "./whole_events.ts";

/**
 * Creates the next events of a copy: its early end, all rows of a table that is copied as a
 * whole, or the first waiting chunk.
 *
 * @param copy The copy.
 * @param reader Reads its table; `undefined` for none.
 * @param how What creates the events, and their place in the stream.
 */
export async function* copyBatches(
  copy: TableCopy,
  reader: ChunkReader | undefined,
  { assembler, chunkBytes, place }: {
    readonly assembler: EventAssembler;
    readonly chunkBytes: number;
    readonly place: () => Place;
  },
): AsyncGenerator<ChunkBatch> {
  if (copy.aborted !== null) {
    const { relation } = assembler.decoders.byOid.get(copy.table.oid)!;
    yield abortEvents(copy, relation, place);
  } else if (copy.isWhole && reader !== undefined) {
    yield* wholeEvents(copy, reader, assembler, { place, chunkBytes });
  } else yield* chunkEvents(copy, assembler, place);
}
