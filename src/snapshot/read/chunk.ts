import { ProtocolError } from "../../errors.ts";
import { type Lsn, parseServerLsn } from "../../lsn.ts";
import type { QueryResult } from "../../session/simple_query.ts";
import type { PublishedTable } from "./published_table.ts";
import type { RawRows } from "./raw_rows.ts";
import type { RowFormat } from "./row_format.ts";
import {
  parseSnapshot,
  type TransactionSnapshot,
} from "../reconcile/visibility.ts";

/** The state of the server in the transaction that read a chunk. */
export interface ChunkState {
  /** The snapshot of the transaction. */
  readonly snapshot: TransactionSnapshot;
  /** A position after the commits of everything that it sees. */
  readonly insertLsn: Lsn;
  /** The OID of the table with that name; `null` if there is no such table. */
  readonly oid: number | null;
  /** The table's file. */
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
  /** The format of the rows. */
  readonly format: RowFormat;
  /** Whether no rows follow. */
  readonly isLast: boolean;
  /**
   * The key of the last row; if there are no rows, the key after which the chunk was read.
   */
  readonly lastKey: readonly string[] | null;
  /** The requested keys; `null` for a range. */
  readonly keys: readonly string[] | null;
}

/**
 * Finds the row that precedes the rows of a chunk, and reads it.
 *
 * @returns `null` until it has arrived.
 */
export function findChunkState(
  results: readonly QueryResult[],
): ChunkState | null {
  const row = results.find(({ rows }) => rows.length > 0)?.rows[0];
  return row === undefined ? null : readChunkState(row);
}

/** Reads a row that begins with the state of the server and the definition of a table. */
export function readChunkState(row: readonly (string | null)[]): ChunkState {
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

/** The number of rows to request at first. */
export const FIRST_LIMIT = 1_000;
const MAX_LIMIT = 50_000;
// The target size of chunks as a fraction of the limit, so that few exceed it.
const AIM = 0.75;

/**
 * Returns how many rows to request next.
 *
 * @param limit How many rows were requested.
 * @param read What arrived.
 * @param chunkBytes The size limit of a chunk, in bytes.
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
