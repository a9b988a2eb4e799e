import type { PublishedTable } from "../read/published_table.ts";

/** What tells whether rows of a table that were copied are out of date. */
export interface CopiedVersion {
  /** The names of the key columns, in the order in which the table is copied. */
  readonly keyColumns: readonly string[];
  /**
   * The columns that are copied: number, type, its modifier, and whether rows may have been
   * written again when it was added.
   */
  readonly columns: readonly (readonly [number, number, number, boolean])[];
  /** How many columns the table ever had. */
  readonly attributes: number;
  /** The condition for its rows to be published; `null` for all. */
  readonly filter: string | null;
  /** The file that the table lies in. */
  readonly fileNode: string;
}

/** Takes from a table what tells one version of it from another. */
export function versionOf(table: PublishedTable): CopiedVersion {
  const { key, columns, attributes, filter, fileNode } = table;
  return {
    keyColumns: (key ?? []).map(({ name }) => name),
    columns: columns.map(({ number, typeOid, typeModifier, isFilled }) =>
      [number, typeOid, typeModifier, isFilled] as const
    ),
    ...{ attributes, filter, fileNode },
  };
}

/** How far the copy of a table is. */
export interface TableProgress extends CopiedVersion {
  /** The table's schema, when the copy began. */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
  /** The number of the copy. */
  readonly run: number;
  /** The key of the last row that was copied, in the server's texts; `null` if none was. */
  readonly after: readonly string[] | null;
  /** Rows to read once more, by key, and the transactions that moved them there. */
  readonly again: readonly (readonly [readonly string[], number])[];
  /** How many rows were copied. */
  readonly rows: number;
  /** How many bytes of COPY data these were. */
  readonly bytes: number;
}

/**
 * How far the copies of a subscription's tables are: a part of its checkpoint. It is plain
 * JSON.
 */
export interface SnapshotState {
  /** The version of this format. */
  readonly version: 1;
  /** Whether all tables that were published at the first start have been copied. */
  readonly initialized: boolean;
  /** The OIDs of the tables that have been copied. */
  readonly done: readonly number[];
  /** The tables that are being copied, by OID. */
  readonly tables: Readonly<Record<string, TableProgress>>;
  /**
   * Tables that were copied as a whole, by OID: what a snapshot has, and up to which position
   * of the stream to leave that out.
   */
  readonly holds?: Readonly<
    Record<string, { readonly snapshot: string; readonly until: string }>
  >;
}

/** Nothing has been copied. */
export const NOTHING_COPIED: SnapshotState = {
  version: 1,
  initialized: false,
  done: [],
  tables: {},
};

/**
 * Reads what a store gave back.
 *
 * @returns `null` if nothing is known: there is no state, or one of another version. Then
 * everything is to be copied.
 */
export function readSnapshotState(state: unknown): SnapshotState | null {
  const { version, done, tables } = (state ?? {}) as Partial<SnapshotState>;
  const isKnown = version === 1 && Array.isArray(done) &&
    typeof tables === "object";
  return isKnown ? state as SnapshotState : null;
}
