import type { TextRow } from "../catalog/table_version.ts";
import type { Database } from "../store/database.ts";
import type { Slots } from "../store/slots.ts";

/** The state that queries read. */
export interface QueryContext {
  /** The stored data. */
  readonly database: Database;
  /** The replication slots. */
  readonly slots: Slots;
  /** The settings of the session that differ from the server's. */
  readonly settings: Map<string, string>;
}

/** The result of one statement. */
export type Result =
  | {
    /** Rows. */
    readonly kind: "rows";
    /** The number of columns. */
    readonly width: number;
    /** The rows. */
    readonly rows: readonly (readonly (string | null)[])[];
  }
  | {
    /** Success without rows. */
    readonly kind: "done";
    /** The command's tag. */
    readonly tag: string;
  }
  | {
    /** Rows from COPY. */
    readonly kind: "copy";
    /** Whether they are in binary format. */
    readonly isBinary: boolean;
    /** The number of columns. */
    readonly width: number;
    /** The rows, in the order of their columns. */
    readonly rows: readonly TextRow[];
  };

/** Creates a result from rows, of which there is at least one. */
export function rowsOf(
  ...rows: readonly (readonly (string | null)[])[]
): Result {
  return { kind: "rows", width: rows[0]?.length ?? 1, rows };
}

/** A recognized query. */
export interface KnownQuery {
  /** The pattern that recognizes it, with whitespace as single blanks. */
  readonly pattern: RegExp;
  /**
   * Answers it.
   *
   * @param groups The texts of the pattern's groups.
   * @param context The state that it reads.
   */
  readonly answer: (
    groups: readonly string[],
    context: QueryContext,
  ) => Result;
}
