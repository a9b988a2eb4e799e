import type * as walbrook from "../../../mod.ts";
import type { ServerAddress } from "../../program/job.ts";

/** The copy that a client makes. */
export interface CopyRun {
  readonly server: ServerAddress;
  /** The table, which is also the name of its publication; its key is `id`, from 1. */
  readonly table: string;
  /** The name by which the server shows the client's connections. */
  readonly name: string;
  /** Gets each row as an object, if the client makes objects. */
  readonly onRow: (row: unknown) => void;
  /** Loads an npm package. */
  readonly load: (name: string) => unknown;
  /** The build of Walbrook under test. */
  readonly library: Pick<typeof walbrook, "subscribe">;
  /** Loads another module of the build, by its path from the root. */
  readonly part: (path: string) => Promise<unknown>;
}

/** A client that copies a table in slices. */
export interface Copier {
  /**
   * Takes a slice.
   *
   * @param rows How many rows at least.
   * @param after The key behind which it begins, for a client that begins anywhere; others
   * go on behind the last row that they had.
   * @returns How many rows came.
   */
  take(rows: number, after: number): Promise<number>;
  /** Closes its connections. */
  close(): Promise<void>;
}

/** Connects a client. */
export type OpenCopier = (run: CopyRun) => Promise<Copier>;

/** The rows of a slice, as a query. */
export function rangeQuery(table: string, rows: number, after: number): string {
  return `SELECT * FROM public.${table} WHERE id > ${after} AND id <= ${
    after + rows
  }`;
}

/** Makes sure that no client is measured that leaves out rows. */
export function checkCount(found: number, expected: number): number {
  if (found === expected) return found;
  throw new Error(`Cannot use a slice of ${found} rows: it has ${expected}`);
}
