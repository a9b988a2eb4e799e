import type { PublishedTable } from "../read/published_table.ts";

/**
 * Shows whether copied rows of a table are out of date.
 */
export interface CopiedVersion {
  /** The names of the key columns, in the order in which the table is copied. */
  readonly keyColumns: readonly string[];
  /**
   * The copied columns: number, type, type modifier, and whether adding the column may have
   * rewritten existing rows.
   */
  readonly columns: readonly (readonly [number, number, number, boolean])[];
  /** How many columns the table has ever had. */
  readonly attributes: number;
  /** The condition under which rows are published; `null` for all. */
  readonly filter: string | null;
  /** The table's file. */
  readonly fileNode: string;
}

/** Returns the properties of a table that distinguish its versions. */
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

/**
 * The progress of the copy of a table.
 */
export interface TableProgress extends CopiedVersion {
  /** The table's schema when the copy started. */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
  /** The number of the copy. */
  readonly run: number;
  /** The SQL condition with which the copy started; `null` for none. */
  readonly where?: string | null;
  /** The key of the last copied row, as the server's text values; `null` if there is none. */
  readonly after: readonly string[] | null;
  /** Rows to read again, by key, and the transactions that moved them there. */
  readonly again: readonly (readonly [readonly string[], number])[];
  /** The number of copied rows. */
  readonly rows: number;
  /** The number of bytes of COPY data in these rows. */
  readonly bytes: number;
}

/**
 * The progress of a subscription's copies, as a part of its checkpoint. It is plain JSON.
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
   * Tables that were copied as a whole, by OID: the snapshot of the copy, and the position up
   * to which its changes are removed from the stream.
   */
  readonly holds?: Readonly<
    Record<string, { readonly snapshot: string; readonly until: string }>
  >;
}

/** The state in which nothing has been copied. */
export const NOTHING_COPIED: SnapshotState = {
  version: 1,
  initialized: false,
  done: [],
  tables: {},
};

/**
 * Reads the state that a store has loaded.
 *
 * @returns `null` if nothing is known: there is no state, it has another version, or it is
 * damaged. Then everything must be copied.
 */
export function readSnapshotState(state: unknown): SnapshotState | null {
  if (!isRecord(state)) return null;
  const { version, done, tables, holds = {} } = state;
  const isKnown = version === 1 && Array.isArray(done) &&
    isRecord(tables) && Object.values(tables).every(isProgress) &&
    isRecord(holds) && Object.values(holds).every(isHold);
  return isKnown ? state as unknown as SnapshotState : null;
}

function isProgress(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { after, again, keyColumns, columns } = value;
  return [after ?? [], again, keyColumns, columns].every(Array.isArray);
}

function isHold(value: unknown): boolean {
  return isRecord(value) && typeof value.snapshot === "string" &&
    typeof value.until === "string";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
