import type * as walbrook from "../../../mod.ts";
import type { ServerAddress } from "../../program/job.ts";

/** The copy that a client is to make. */
export interface CopyRun {
  readonly server: ServerAddress;
  /** The name of the table and of its publication. Its key is `id`, which starts at 1. */
  readonly table: string;
  /** The application name of the client's connections. */
  readonly name: string;
  /** Receives each row as an object, if the client makes objects. */
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
   * @param rows The least number of rows to take.
   * @param after The key after which the slice begins, for a client that can begin anywhere.
   * Other clients continue after the last row that they took.
   * @returns The number of rows that arrived.
   */
  take(rows: number, after: number): Promise<number>;
  /** Closes its connections. */
  close(): Promise<void>;
}

/** Connects a client. */
export type OpenCopier = (run: CopyRun) => Promise<Copier>;

/** Returns the query for the rows of a slice. */
export function rangeQuery(table: string, rows: number, after: number): string {
  return `SELECT * FROM public.${table} WHERE id > ${after} AND id <= ${
    after + rows
  }`;
}

/** Checks the number of rows, so that a client that omits rows is not measured. */
export function checkCount(found: number, expected: number): number {
  if (found === expected) return found;
  throw new Error(`Cannot use a slice of ${found} rows: expected ${expected}`);
}
