import type { Lsn } from "../../lsn.ts";
import { delay } from "./delay.ts";
import { flushedAfterMs, reachablePosition } from "../meet/reach.ts";
import type { WaitingChunk } from "./waiting_chunk.ts";

/** Options for {@linkcode ChunkTargets}. */
export interface ChunkTargetsOptions {
  /** Asks the server where it is, if the stream waits for it. */
  readonly ask: () => void;
  /** The server's `wal_writer_delay`, in milliseconds. */
  readonly walWriterDelayMs: () => number;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

const FIRST_ASK_MS = 5;
const LONGEST_ASK_MS = 50;

/** Knows where the stream has to be for a chunk, and has it come there. */
export class ChunkTargets {
  readonly #options: ChunkTargetsOptions;
  // An insert position that was found to be as good as an earlier one.
  #proven: { readonly insertLsn: Lsn; readonly target: Lsn } | null = null;

  /** @param options The link. */
  constructor(options: ChunkTargetsOptions) {
    this.#options = options;
  }

  /** Forgets what was found out about a server. */
  reset(): void {
    this.#proven = null;
  }

  /** Where the stream has to be for what was read at an insert position. */
  of(insertLsn: Lsn): Lsn {
    const proven = this.#proven;
    return proven !== null && insertLsn <= proven.insertLsn
      ? proven.target
      : reachablePosition(insertLsn);
  }

  /**
   * Asks the server where it is, until the stream has come to where a chunk may be given out.
   *
   * @param waiting The chunk, whose target is set to what is flushed where that does.
   * @param isWaiting Whether it still waits.
   * @param flushLsn Asks up to where the WAL is flushed.
   */
  async reach(
    waiting: WaitingChunk,
    isWaiting: () => boolean,
    flushLsn: () => Promise<Lsn>,
  ): Promise<void> {
    const { ask, walWriterDelayMs, signal } = this.#options;
    const start = performance.now();
    let isAsked = false;
    for (
      let pause = FIRST_ASK_MS;
      isWaiting() && !signal.aborted;
      pause = Math.min(2 * pause, LONGEST_ASK_MS)
    ) {
      ask();
      await delay(pause, signal);
      const isLate = performance.now() - start >
        flushedAfterMs(walWriterDelayMs());
      if (!isLate || isAsked || !isWaiting()) continue;
      isAsked = true;
      // All commits that the chunk sees are flushed by now.
      const flushed = await flushLsn();
      if (flushed >= waiting.target) continue;
      waiting.target = flushed;
      const { insertLsn } = waiting.chunk;
      this.#proven = { insertLsn, target: flushed };
    }
  }
}
