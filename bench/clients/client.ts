import type { Recording } from "../recording.ts";

/** What a client is to do. */
export interface Run {
  /** Where the server is: a real one, or a recording of one. */
  readonly server: { readonly host: string; readonly port: number } | Recording;
  /** The slot to follow. */
  readonly slot: string;
  /** The publication to follow. */
  readonly publication: string;
  /** To be told of every changed row. */
  readonly rows: RowCounter;
  /** Loads an npm package. */
  readonly load: (name: string) => unknown;
}

/** Follows a slot until all rows have come, with every value made what it is. */
export type Client = (run: Run) => Promise<void>;

/** Counts the rows that a client delivers, and knows when the last has come. */
export class RowCounter {
  /** Settles with the last row. */
  readonly done: Promise<void>;
  readonly #onRow: ((row: unknown) => void) | undefined;
  #left: number;
  #finish: () => void = () => {};
  /** When the last row came, by `performance.now()`. */
  doneAt = 0;

  /**
   * @param expected How many rows will come.
   * @param onRow Gets each of them.
   */
  constructor(expected: number, onRow?: (row: unknown) => void) {
    this.#left = expected;
    this.#onRow = onRow;
    this.done = new Promise((resolve) => this.#finish = resolve);
  }

  /** Whether all have come. */
  get isDone(): boolean {
    return this.#left <= 0;
  }

  /** Counts a row. */
  add(row: unknown): void {
    if (this.#onRow !== undefined) this.#onRow(row);
    if (--this.#left > 0) return;
    this.doneAt = performance.now();
    this.#finish();
  }
}
