import type * as walbrook from "../../mod.ts";
import type { ServerAddress } from "../program/job.ts";
import { cpuSeconds } from "../program/resources.ts";
import type { Recording } from "../recording.ts";

/** The task of a client. */
export interface Run {
  /** Where the server is: a real one, or a recording of one. */
  readonly server: ServerAddress | Recording;
  /** The slot to follow. */
  readonly slot: string;
  /** The publication to follow. */
  readonly publication: string;
  /** To be told of every changed row. */
  readonly rows: RowCounter;
  /** Loads an npm package. */
  readonly load: (name: string) => unknown;
  /** The build of Walbrook under test. */
  readonly library: Pick<typeof walbrook, "subscribe">;
  /** Loads another module of the build, by its path from the root: `src/encode/mod.ts`. */
  readonly part: (path: string) => Promise<unknown>;
}

/** Follows a slot until all rows have come, with every value made what it is. */
export type Client = (run: Run) => Promise<void>;

/** Options for a {@linkcode RowCounter}. */
export interface RowCounterOptions {
  /**
   * How many rows of a real server come before those that are measured.
   *
   * @default {0}
   */
  readonly leadIn?: number;
  /** Gets each row. */
  readonly onRow?: (row: unknown) => void;
}

/** The clocks of a process. */
interface Clocks {
  readonly milliseconds: number;
  readonly cpuSeconds: number;
}

/**
 * Counts the rows that a client delivers, and reads the clocks at the start of the stream
 * and at the last row.
 *
 * A real server's stream has no start that can be seen from outside. There the first rows
 * are a lead-in: the clocks are read as soon as the client waits for more after them,
 * since a client that decodes a chunk at once has more than one row ready.
 */
export class RowCounter {
  /** Settles with the last row. */
  readonly done: Promise<void>;
  readonly #onRow: ((row: unknown) => void) | undefined;
  readonly #leadInEnd: number;
  #measured: number;
  #left: number;
  #finish: () => void = () => {};
  #start: Clocks;
  #end: Clocks | null = null;

  /**
   * @param expected How many rows will come.
   * @param options How many of them come first.
   */
  constructor(expected: number, options: RowCounterOptions = {}) {
    const { leadIn = 0, onRow } = options;
    this.#left = expected;
    this.#measured = expected;
    this.#leadInEnd = leadIn > 0 ? expected - leadIn : -1;
    this.#onRow = onRow;
    this.#start = readClocks();
    this.done = new Promise((resolve) => this.#finish = resolve);
  }

  /** Whether all have come. */
  get isDone(): boolean {
    return this.#left <= 0;
  }

  /** The rows that are measured. */
  get measured(): number {
    return this.#measured;
  }

  /** Seconds from the start to the last row. */
  get seconds(): number {
    const { milliseconds } = this.#end ?? readClocks();
    return (milliseconds - this.#start.milliseconds) / 1000;
  }

  /** Processor time of the process from the start to the last row, in seconds. */
  get cpuSeconds(): number {
    return (this.#end ?? readClocks()).cpuSeconds - this.#start.cpuSeconds;
  }

  /** Starts to measure: the rows that are still to come count. */
  start(): void {
    if (this.#end !== null) return;
    this.#measured = this.#left;
    this.#start = readClocks();
  }

  /** Counts a row. */
  add(row: unknown): void {
    if (this.#onRow !== undefined) this.#onRow(row);
    const left = --this.#left;
    if (left === this.#leadInEnd) setTimeout(() => this.start());
    if (left !== 0) return;
    this.#end = readClocks();
    this.#finish();
  }
}

function readClocks(): Clocks {
  return { milliseconds: performance.now(), cpuSeconds: cpuSeconds() };
}
