import type { TextRow } from "../catalog/table_version.ts";
import type { Database } from "../store/database.ts";
import type { Slots } from "../store/slots.ts";

/** What queries are about. */
export interface QueryContext {
  /** What is stored. */
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
    /** How many columns they have. */
    readonly width: number;
    /** The rows. */
    readonly rows: readonly (readonly (string | null)[])[];
  }
  | {
    /** Nothing but that it was done. */
    readonly kind: "done";
    /** The command's tag. */
    readonly tag: string;
  }
  | {
    /** Rows by COPY. */
    readonly kind: "copy";
    /** Whether in binary format. */
    readonly isBinary: boolean;
    /** How many columns they have. */
    readonly width: number;
    /** The rows, in the order of their columns. */
    readonly rows: readonly TextRow[];
  };

/** Makes a result of rows, of which there is at least one. */
export function rowsOf(
  ...rows: readonly (readonly (string | null)[])[]
): Result {
  return { kind: "rows", width: rows[0]?.length ?? 1, rows };
}

/** A query that is known. */
export interface KnownQuery {
  /** By what it is recognised, with white space as single blanks. */
  readonly pattern: RegExp;
  /**
   * Answers it.
   *
   * @param groups What stands in the pattern's groups.
   * @param context What it is about.
   */
  readonly answer: (
    groups: readonly string[],
    context: QueryContext,
  ) => Result;
}
