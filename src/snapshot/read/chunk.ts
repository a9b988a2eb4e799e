import { ProtocolError } from "../../errors.ts";
import { type Lsn, parseServerLsn } from "../../lsn.ts";
import type { QueryResult } from "../../session/simple_query.ts";
import type { PublishedTable } from "./published_table.ts";
import type { RawRows } from "./raw_rows.ts";
import type { RowFormat } from "./row_format.ts";
import { parseSnapshot, type TransactionSnapshot } from "../meet/visibility.ts";

/** What the server said in the transaction in which a chunk was read. */
export interface ChunkState {
  /** What it sees. */
  readonly snapshot: TransactionSnapshot;
  /** A position behind the commits of all that it sees. */
  readonly insertLsn: Lsn;
  /** The OID that the table's name has; `null` if there is no such table. */
  readonly oid: number | null;
  /** The file that the table lies in. */
  readonly fileNode: string | null;
  /** Its `PublishedTable.signature`. */
  readonly signature: string | null;
}

/** Rows of a table that were read together. */
export interface Chunk extends ChunkState {
  /** The table as it was. */
  readonly table: PublishedTable;
  /** The rows. */
  readonly rows: RawRows;
  /** How to read them. */
  readonly format: RowFormat;
  /** Whether no rows are behind them. */
  readonly isLast: boolean;
  /** The key of the last row; that behind which it was read, if there is none. */
  readonly lastKey: readonly string[] | null;
  /** The keys that were asked for; `null` for a range. */
  readonly keys: readonly string[] | null;
}

/**
 * Reads the row that stands before a chunk's rows.
 *
 * @returns `null` as long as it has not come.
 */
export function readChunkState(
  results: readonly QueryResult[],
): ChunkState | null {
  const row = results.find(({ rows }) => rows.length > 0)?.rows[0];
  if (row === undefined) return null;
  const [snapshot, insertLsn, oid, fileNode, signature] = row;
  if (snapshot === null || snapshot === undefined) {
    throw new ProtocolError("Cannot read a chunk: the server sent no snapshot");
  }
  return {
    snapshot: parseSnapshot(snapshot),
    insertLsn: parseServerLsn(insertLsn ?? null, "pg_current_wal_insert_lsn"),
    oid: oid === null || oid === undefined ? null : Number(oid),
    fileNode: fileNode ?? null,
    signature: signature ?? null,
  };
}

/** How many rows to ask for at first. */
export const FIRST_LIMIT = 1_000;
const MAX_LIMIT = 50_000;
// Chunks are about that part of what they may be, so that few exceed it.
const AIM = 0.75;

/**
 * How many rows to ask for next.
 *
 * @param limit How many were asked for.
 * @param read What came.
 * @param chunkBytes How many bytes a chunk may have.
 */
export function nextLimit(
  limit: number,
  { length, size }: { readonly length: number; readonly size: number },
  chunkBytes: number,
): number {
  if (length === 0) return limit;
  const fitting = Math.floor(AIM * chunkBytes * length / Math.max(1, size));
  return Math.max(1, Math.min(fitting, 2 * limit, MAX_LIMIT));
}
