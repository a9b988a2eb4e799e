import type { Lsn } from "../../lsn.ts";
import type { Hold } from "./hold.ts";

/** A row that must be read again. */
export interface MovedRow {
  /** Its key, in the form in which keys are compared. */
  readonly key: string;
  /** The text values of the key. */
  readonly texts: readonly string[];
  /** The transaction that moved it there. */
  readonly xid: number;
}

/** The effect of a chunk on the copy of its table, once the chunk is acknowledged. */
export interface ChunkProgress {
  /** The table's OID. */
  readonly oid: number;
  /** The number of the copy. */
  readonly run: number;
  /** The position of the stream at which it was emitted. */
  readonly lsn: Lsn;
  /** The key of its last row. */
  readonly after: readonly string[] | null;
  /** Moved rows that have arrived, and need not be read again. */
  readonly arrived: readonly MovedRow[];
  /** The number of its rows. */
  readonly rows: number;
  /** The number of bytes of COPY data. */
  readonly bytes: number;
  /** Whether it completes the copy of the table. */
  readonly isEnd: boolean;
  /** The changes to remove from the stream from then on; `null` for none. */
  readonly hold: Hold | null;
}

/** The effect of a transaction of the stream on a copy. */
export interface Effect {
  /** The transaction's end position. */
  readonly endLsn: Lsn;
  /** The table's OID. */
  readonly oid: number;
  /** The number of the copy. */
  readonly run: number;
  /** Rows that must be read again. */
  readonly moved: readonly MovedRow[];
}
