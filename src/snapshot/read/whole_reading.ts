import { ProtocolError } from "../../errors.ts";
import { CopyOut } from "../../session/copy_out.ts";
import type { Session } from "../../session/session.ts";
import { type ChunkState, findChunkState } from "./chunk.ts";
import { RawRows } from "./raw_rows.ts";
import type { RowFormat } from "./row_format.ts";

/** Options for {@linkcode WholeReading.open}. */
export interface WholeReadingOptions {
  /** How to read the rows. */
  readonly format: RowFormat;
  /** Waits for an answer, unless the link turns out to be broken. */
  readonly answered: <T>(work: () => Promise<T>) => Promise<T>;
  /** Called once, with whether everything has been read. */
  readonly onEnd: (isComplete: boolean) => Promise<void>;
}

/** A table that is read in one snapshot, at the rate at which rows are requested. */
export class WholeReading {
  readonly #copy: CopyOut;
  readonly #options: WholeReadingOptions;
  #state: ChunkState | null = null;
  // The rows that arrived together with the state.
  #first: RawRows | null = new RawRows();
  #isMore = true;
  #isOver = false;

  /**
   * Starts reading.
   *
   * @param session A connection.
   * @param query The query, as written by `chunkQuery()`.
   * @param options How to read it.
   */
  static async open(
    session: Session,
    query: string,
    options: WholeReadingOptions,
  ): Promise<WholeReading> {
    try {
      const copy = await options.answered(() =>
        session.run(query, {}, (answer) => new CopyOut(answer))
      );
      const reading = new WholeReading(copy, options);
      await reading.#begin();
      return reading;
    } catch (error) {
      await options.onEnd(false);
      throw error;
    }
  }

  private constructor(copy: CopyOut, options: WholeReadingOptions) {
    this.#copy = copy;
    this.#options = options;
  }

  /** How to read the rows. */
  get format(): RowFormat {
    return this.#options.format;
  }

  /** The state that the server sent before the first row. */
  get state(): ChunkState {
    return this.#state!;
  }

  /**
   * Reads the rows in the next chunk from the socket.
   *
   * @param rows The list to which the rows are added.
   * @returns Whether there may be more.
   */
  async next(rows: RawRows): Promise<boolean> {
    const first = this.#first;
    this.#first = null;
    if (first === null) return await this.#read(rows);
    for (let i = 0; i < first.length; i++) {
      rows.push(first.source(i), first.start(i), first.end(i));
    }
    return this.#isMore;
  }

  /** Stops reading, wherever it is. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#options.onEnd(!this.#isMore);
  }

  async #begin(): Promise<void> {
    while (this.#state === null && await this.#read(this.#first!)) {
      this.#state = findChunkState(this.#copy.results);
    }
    this.#state ??= findChunkState(this.#copy.results);
    if (this.#state !== null) return;
    throw new ProtocolError(
      "Cannot read a table: the server sent no snapshot before its rows",
    );
  }

  async #read(rows: RawRows): Promise<boolean> {
    if (!this.#isMore) return false;
    const { rowStart } = this.format;
    this.#isMore = await this.#options.answered(() =>
      this.#copy.next((bytes, start, end) => {
        const row = rowStart(bytes, start, end);
        if (row !== null) rows.push(bytes, row, end);
      })
    );
    return this.#isMore;
  }
}
