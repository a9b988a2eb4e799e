import type { TableVersion, TextRow } from "../catalog/table_version.ts";
import type { Lsn } from "../../lsn.ts";
import type { UnixMicros } from "../../timestamp.ts";

/** An old row, as far as the WAL has it. */
export interface OldRow {
  /** Whether it is the whole row, or only the columns of the replica identity. */
  readonly kind: "key" | "whole";
  /** Its values; `null` in the columns that are left out. */
  readonly row: TextRow;
}

/** What a transaction did, as the WAL has it. */
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
    /** `null` if the key has not changed and the replica identity is no whole row. */
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
  /** Where its first change begins. */
  readonly firstLsn: Lsn;
  /** Where its commit record begins. */
  readonly commitLsn: Lsn;
  /** Where its commit record ends. */
  readonly endLsn: Lsn;
  /** When it committed. */
  readonly commitTime: UnixMicros;
  /** The replication origin that it came from; `null` for none. */
  readonly origin: string | null;
  /** What it did, in order. */
  readonly changes: readonly Change[];
}

/** A message of `pg_logical_emit_message(false, …)`. */
export interface LoggedMessage {
  readonly kind: "message";
  /** Where it ends. */
  readonly endLsn: Lsn;
  readonly prefix: string;
  readonly content: Uint8Array;
}

/** A record of the log. */
export type LogRecord = LoggedTransaction | LoggedMessage;
