/** Tables, and changes that are made to them. */
export interface Workload {
  /** The name of the slot and the publication. */
  readonly name: string;
  /** What it stands for, in a few words. */
  readonly title: string;
  /** Makes the tables, and the publication of the same name. */
  readonly setUp: string;
  /** Removes the tables, and what else `setUp` made but the publication. */
  readonly tearDown: string;
  /** How much of it the benches take. */
  readonly size: WorkloadSize;
  /**
   * Changes rows.
   *
   * @param first The number of the first row, from 1.
   * @param count How many rows.
   */
  fill(first: number, count: number): string;
}

/** The number of rows of a workload that the benches use. */
export interface WorkloadSize {
  /** Rows that come before those that are measured. */
  readonly leadIn: number;
  /** Rows to decode from a recording, in one pass. */
  readonly replayed: number;
  /** Rows to follow on a server, in one slice. */
  readonly followed: number;
  /** The bytes of a value, where single values are measured. */
  readonly valueBytes?: number;
}

/** Makes a workload of one table, which has the workload's name. */
export function oneTable(
  { name, title, table, size, fill }:
    & Pick<Workload, "name" | "title" | "size" | "fill">
    & { readonly table: string },
): Workload {
  return {
    name,
    title,
    setUp: `${table}; CREATE PUBLICATION ${name} FOR TABLE ${name}`,
    tearDown: `DROP TABLE ${name}`,
    size,
    fill,
  };
}

/** Repeats a statement, in transactions of this number of rows. */
export function inTransactions(
  { first, count, size }: {
    readonly first: number;
    readonly count: number;
    /** Rows in a transaction. */
    readonly size: number;
  },
  statement: (from: string, to: string) => string,
): string {
  const last = first + count - 1;
  return `DO $$ DECLARE i bigint := ${first}; BEGIN WHILE i <= ${last} LOOP
    ${statement("i", `least(i + ${size - 1}, ${last})`)};
    COMMIT; i := i + ${size}; END LOOP; END $$`;
}

/**
 * Tells how many rows to prepare.
 *
 * @param workload Of what.
 * @param use What for.
 * @param scale The part of the usual number to take, from 0 to 1.
 */
export function sizeOf(
  { size }: Workload,
  use: "replayed" | "followed",
  scale: number,
): { readonly rows: number; readonly leadIn: number } {
  const leadIn = Math.min(size.leadIn, Math.ceil(size.leadIn * scale));
  return { rows: Math.max(leadIn + 1, Math.ceil(size[use] * scale)), leadIn };
}
