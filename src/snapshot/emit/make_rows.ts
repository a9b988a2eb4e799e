import type { EventAssembler } from "../../assembly/event_assembler.ts";
import type { RelationEvent, ReplicationEvent } from "../../events/event.ts";
import {
  type Relation,
  type Row,
  sameRelation,
} from "../../events/relation.ts";
import { StaleTypeError } from "../../values/codec/stale_type_error.ts";
import type { Chunk } from "../read/chunk.ts";
import { layOver, type Overlay } from "../reconcile/overlay.ts";
import {
  type PublishedTable,
  relationMessageOf,
} from "../read/published_table.ts";
import type { RowFormat } from "../read/row_format.ts";

/** OIDs from here on belong to types that are not built in: `FirstGenbkiObjectId`. */
const FIRST_OWN_OID = 10_000;

/** The place of an event between two transactions. */
export type Place = Pick<
  Extract<ReplicationEvent, { readonly kind: "read" }>,
  "transaction" | "index" | "lsn"
>;

/**
 * Describes a table as the stream does before the next change of the table.
 *
 * @param assembler Creates the stream's events, and remembers the tables that it described.
 * @param chunk A chunk of the table.
 * @param place Creates the place of the next event.
 * @returns The table, and an event if the stream has not described it like this.
 */
export async function describeTable(
  assembler: EventAssembler,
  { table, snapshot }: Pick<Chunk, "table" | "snapshot">,
  place: () => Place,
): Promise<
  { readonly relation: Relation; readonly event: ReplicationEvent | null }
> {
  const { decoders } = assembler;
  for (const { typeOid, type } of table.columns) {
    if (typeOid >= FIRST_OWN_OID) decoders.types.name(typeOid, type);
  }
  const { lsn, index } = place();
  const xid = Number(BigInt.asUintN(32, snapshot.xmax));
  const at = { xid, commitLsn: lsn };
  // Between two transactions no `begin` precedes it.
  const event = await assembler.relation(
    relationMessageOf(table),
    at,
  ) as RelationEvent | null;
  return {
    relation: decoders.byOid.get(table.oid)!.relation,
    event: event && { ...event, index },
  };
}

/** Whether the stream has described a table differently than it was when a chunk was read. */
export function isDescribedOtherwise(
  assembler: EventAssembler,
  table: PublishedTable,
): boolean {
  const known = assembler.decoders.byOid.relation(table.oid);
  const { oid, schema, name, replicaIdentity, columns } = relationMessageOf(
    table,
  );
  return known !== null &&
    !sameRelation(known, {
      ...{ oid, schema, name, replicaIdentity, columns },
      primaryKey: known.primaryKey,
    });
}

/**
 * Receives a row of a chunk to emit.
 *
 * @param newRow The row.
 * @param key The values of its key columns.
 */
export type TakeRow = (newRow: Row, key: Row | null) => void;

/** Which rows to create, and from what. */
export interface MakeRowsOptions {
  /** The format in which they were read. */
  readonly format: RowFormat;
  /** The index of the first row. */
  readonly from: number;
  /** The index after the last row. */
  readonly to: number;
  /** The delivered changes to apply to them. */
  readonly overlay: Overlay;
}

/**
 * Creates some rows of a chunk.
 *
 * @param assembler Creates rows like those of the stream.
 * @param chunk The chunk.
 * @param how The format, the range, and the changes to apply.
 * @param take Receives the rows.
 */
export async function makeRows(
  assembler: EventAssembler,
  { table, rows }: Pick<Chunk, "table" | "rows">,
  { format, from, to, overlay }: MakeRowsOptions,
  take: TakeRow,
): Promise<void> {
  const { decoders } = assembler;
  const isUntouched = overlay.rows.size === 0 && !overlay.truncated;
  let decoder = decoders.byOid.get(table.oid)!;
  for (let i = from; i < to; i++) {
    const key = isUntouched ? "" : format.key(rows, i);
    const isGiven = overlay.truncated ||
      typeof overlay.rows.get(key) === "string";
    if (isGiven) continue;
    assembler.beginRow();
    let row: Row;
    try {
      row = format.row(decoder, rows, i);
    } catch (error) {
      if (!(error instanceof StaleTypeError)) throw error;
      await decoders.refresh(error);
      decoder = decoders.byOid.get(table.oid)!;
      // It is read again.
      i--;
      continue;
    }
    assembler.reportBadValues();
    const newRow = isUntouched ? row : layOver(overlay, key, row);
    if (newRow !== null) take(newRow, decoder.keyOf(newRow));
  }
}
