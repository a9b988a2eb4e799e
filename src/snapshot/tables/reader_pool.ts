import type { Background } from "./background.ts";
import type { CopyTables } from "./copy_tables.ts";
import { ChunkTargets } from "./chunk_target.ts";
import { delay } from "./delay.ts";
import type { Retry } from "./retry.ts";
import type { ChunkReader } from "../read/chunk_reader.ts";
import { checkIdle, type SnapshotPace } from "../progress/snapshot_progress.ts";
import type { TableCopy } from "./table_copy.ts";
import {
  readEmptyTables,
  readTable,
  type TableWorkerHost,
} from "./table_worker.ts";

/** The parts of a {@linkcode ReaderPool}. */
export interface ReaderPoolOptions {
  /** The tables. */
  readonly tables: CopyTables;
  /** The tasks that run beside the stream. */
  readonly background: Background;
  /** The maximum number of connections that read. */
  readonly readers: number;
  /** Creates a reader with its own connection. */
  readonly newReader: () => ChunkReader;
  /** Retries after a transient error. */
  readonly retry: Retry;
  /** Whether a link is streaming. */
  readonly isStreaming: () => boolean;
  /** Asks the server for its position if the stream waits for it. */
  readonly ask: () => void;
  /** Makes the stream check whether to stop. */
  readonly wake: () => void;
}

/** How many empty tables to read in one query, which locks all of them. */
const EMPTY_AT_ONCE = 100;

/** Reads tables, each over one of a few connections. */
export class ReaderPool {
  readonly #options: ReaderPoolOptions;
  readonly #targets: ChunkTargets;
  // The readers of tables copied as a whole, whose rows are read elsewhere.
  readonly #readers = new Map<TableCopy, ChunkReader>();
  #count = 0;
  #isPaused = false;
  #idle: number;
  /** The server's `wal_writer_delay`, in milliseconds. */
  walWriterDelayMs = 200;

  /**
   * @param options What to read.
   * @param idle The fraction of the time in which nothing is read, from 0 to 0.9.
   */
  constructor(options: ReaderPoolOptions, idle: number) {
    this.#options = options;
    this.#idle = idle;
    this.#targets = new ChunkTargets({
      ask: options.ask,
      walWriterDelayMs: () => this.walWriterDelayMs,
      signal: options.background.signal,
    });
  }

  /** Adapts to a new link. */
  reset(): void {
    this.#targets.reset();
    this.start();
  }

  /** Starts the readers for waiting tables. */
  start(): void {
    const { tables, readers, background, isStreaming } = this.#options;
    if (!isStreaming()) return;
    let missing = Math.min(readers - this.#count, tables.queueLength);
    for (; missing > 0; missing--) {
      this.#count++;
      background.run(() => this.#work());
    }
  }

  /** Sets the pace. */
  pace({ paused, idle }: SnapshotPace): void {
    if (idle !== undefined) checkIdle(idle);
    if (paused !== undefined) this.#isPaused = paused;
    if (idle !== undefined) this.#idle = idle;
    this.#options.background.notify();
  }

  /** The reader of a table. */
  readerOf(copy: TableCopy): ChunkReader | undefined {
    return this.#readers.get(copy);
  }

  async #work(): Promise<void> {
    const { tables, newReader, wake } = this.#options;
    const reader = newReader();
    const host = this.#hostFor(reader);
    const read = async (copy: TableCopy) => {
      this.#readers.set(copy, reader);
      await readTable(copy, reader, host);
      this.#readers.delete(copy);
      tables.finish(copy);
    };
    try {
      for (;;) {
        const empty = tables.nextEmpty(EMPTY_AT_ONCE);
        if (empty.length > 0) {
          const others = await readEmptyTables(empty, reader, host);
          tables.putBack(others);
          this.start();
          // The stream still has to reach the chunks that were read.
          const done = empty.filter((copy) => !others.includes(copy));
          for (const copy of done) await read(copy);
          continue;
        }
        const copy = tables.next();
        if (copy === null) break;
        await read(copy);
      }
    } finally {
      this.#count--;
      await reader.close();
    }
    // Callers that wait for the end of everything may continue.
    wake();
  }

  #hostFor(reader: ChunkReader): TableWorkerHost {
    const { background, tables, isStreaming, retry, wake } = this.#options;
    const { signal } = background;
    return {
      change: () => background.change(),
      isStreaming,
      isPaused: () => this.#isPaused,
      retry: (work) => retry(work, signal),
      delay: (milliseconds) => delay(milliseconds, signal),
      rest: async (milliseconds) => {
        const pause = milliseconds * this.#idle / (1 - this.#idle);
        if (pause > 0) await delay(pause, signal);
      },
      wake,
      accept: (read) => {
        // Chunks that were read together have the same snapshot.
        tables.see(read[0]!.chunk.snapshot);
        const accepted = read.map(({ copy, chunk }) => ({
          copy,
          waiting: copy.accept(chunk, this.#targets.of(chunk)),
        }));
        background.run(() =>
          this.#targets.reach(
            accepted.map(({ waiting }) => waiting),
            () =>
              accepted.some(({ copy, waiting }) =>
                copy.waiting.includes(waiting)
              ),
            () => retry(() => reader.flushLsn(), signal),
          )
        );
      },
      restart: (copy, table) => tables.restart(copy, table, "rewritten", false),
      redefine: (copy, table) => tables.redefine(copy, table),
      abort: (copy, why) => tables.abort(copy, why),
      onWait: (copy, wait) => {
        // Some of the copies that wait together may have ended.
        if (copy.end !== null) return;
        if (copy.wait === wait && copy.blockers.length === 0) return;
        copy.wait = wait;
        tables.tell(copy);
      },
    };
  }
}
