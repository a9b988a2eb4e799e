import type { Lsn } from "../../lsn.ts";
import type { Hold } from "./hold.ts";

/** A row that is to be read once more. */
export interface MovedRow {
  /** Its key, as it is compared. */
  readonly key: string;
  /** The key's texts. */
  readonly texts: readonly string[];
  /** The transaction that moved it there. */
  readonly xid: number;
}

/** What a chunk means for the copy of its table, once it is acknowledged. */
export interface ChunkProgress {
  /** The table's OID. */
  readonly oid: number;
  /** The number of the copy. */
  readonly run: number;
  /** The point of the stream at which it was given out. */
  readonly lsn: Lsn;
  /** The key of its last row. */
  readonly after: readonly string[] | null;
  /** Rows that need not be read once more. */
  readonly settled: readonly MovedRow[];
  /** How many rows it has. */
  readonly rows: number;
  /** How many bytes of COPY data. */
  readonly bytes: number;
  /** Whether the table is copied with it. */
  readonly isEnd: boolean;
  /** What of the stream is to be left out then, since it was copied; `null` for nothing. */
  readonly hold: Hold | null;
}

/** What a transaction of the stream did to a copy. */
export interface Effect {
  /** Where the transaction ends. */
  readonly endLsn: Lsn;
  /** The table's OID. */
  readonly oid: number;
  /** The number of the copy. */
  readonly run: number;
  /** Rows that are to be read once more. */
  readonly moved: readonly MovedRow[];
}
