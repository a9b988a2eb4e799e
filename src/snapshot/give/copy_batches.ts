import type { EventAssembler } from "../../assembly/event_assembler.ts";
import type { ChunkReader } from "../read/chunk_reader.ts";
import type { TableCopy } from "../tables/table_copy.ts";
import type { ChunkBatch } from "./batches.ts";
import { abortEvents, chunkEvents } from "./chunk_events.ts";
import type { Place } from "./give_out.ts";
import { wholeEvents } from "./whole_events.ts";

/**
 * Makes the next events of a copy: its end before its end, all of a table that is copied as a
 * whole, or the first chunk that waits.
 *
 * @param copy The copy.
 * @param reader What reads its table; `undefined` for none.
 * @param how Who makes the events, and where they are.
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
