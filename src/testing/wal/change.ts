import type { TableVersion, TextRow } from "../catalog/table_version.ts";
import type { Lsn } from "../../lsn.ts";
import type { UnixMicros } from "../../timestamp.ts";

/** The old values of a row, as far as they are in the WAL. */
export interface OldRow {
  /** Whether it is the whole row, or only the columns of the replica identity. */
  readonly kind: "key" | "whole";
  /** Its values; `null` in the omitted columns. */
  readonly row: TextRow;
}

/** A change of a transaction, as in the WAL. */
export type Change =
  | {
    readonly kind: "insert";
    readonly lsn: Lsn;
    readonly table: TableVersion;
    readonly newRow: TextRow;
  }
  | {
    readonly kind: "update";
    readonly lsn: Lsn;
    readonly table: TableVersion;
    /** `null` if the key has not changed and the replica identity is not the whole row. */
    readonly oldRow: OldRow | null;
    readonly newRow: TextRow;
    /** The numbers of columns whose large values have not changed. */
    readonly unchanged: readonly number[];
  }
  | {
    readonly kind: "delete";
    readonly lsn: Lsn;
    readonly table: TableVersion;
    readonly oldRow: OldRow;
  }
  | {
    readonly kind: "truncate";
    readonly lsn: Lsn;
    readonly tables: readonly TableVersion[];
    readonly cascade: boolean;
    readonly restartIdentity: boolean;
  }
  | {
    readonly kind: "message";
    readonly lsn: Lsn;
    readonly prefix: string;
    readonly content: Uint8Array;
  };

/** A committed transaction. */
export interface LoggedTransaction {
  readonly kind: "transaction";
  /** Its id. */
  readonly xid: number;
  /** The start of its first change. */
  readonly firstLsn: Lsn;
  /** The start of its commit record. */
  readonly commitLsn: Lsn;
  /** The end of its commit record. */
  readonly endLsn: Lsn;
  /** The commit time. */
  readonly commitTime: UnixMicros;
  /** Its replication origin; `null` for none. */
  readonly origin: string | null;
  /** Its changes, in order. */
  readonly changes: readonly Change[];
}

/** A message of `pg_logical_emit_message(false, …)`. */
export interface LoggedMessage {
  readonly kind: "message";
  /** Its end position. */
  readonly endLsn: Lsn;
  readonly prefix: string;
  readonly content: Uint8Array;
}

/** A record of the log. */
export type LogRecord = LoggedTransaction | LoggedMessage;
