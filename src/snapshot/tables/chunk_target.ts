import type { Lsn } from "../../lsn.ts";
import { delay } from "./delay.ts";
import { flushedAfterMs, reachablePosition } from "../reconcile/reach.ts";
import { formatSnapshot } from "../reconcile/visibility.ts";
import type { ChunkState } from "../read/chunk.ts";
import type { WaitingChunk } from "./waiting_chunk.ts";

/** Options for {@linkcode ChunkTargets}. */
export interface ChunkTargetsOptions {
  /** Asks the server for its position if the stream waits for it. */
  readonly ask: () => void;
  /** The server's `wal_writer_delay`, in milliseconds. */
  readonly walWriterDelayMs: () => number;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

type StateOfChunk = Pick<ChunkState, "insertLsn" | "snapshot">;

const FIRST_ASK_MS = 5;
const LONGEST_ASK_MS = 50;

/** Determines the position that the stream must reach for a chunk, and waits for it. */
export class ChunkTargets {
  readonly #options: ChunkTargetsOptions;
  // The flushed position that is sufficient for a chunk with this position and snapshot.
  #proven: { readonly state: string; readonly target: Lsn } | null = null;

  /** @param options The link. */
  constructor(options: ChunkTargetsOptions) {
    this.#options = options;
  }

  /** Discards what was learned about a server. */
  reset(): void {
    this.#proven = null;
  }

  /** Returns the position that the stream must reach for a chunk. */
  of(chunk: StateOfChunk): Lsn {
    const proven = this.#proven;
    return proven !== null && proven.state === textOf(chunk)
      ? proven.target
      : reachablePosition(chunk.insertLsn);
  }

  /**
   * Asks the server for its position until the stream has reached the position at which
   * chunks of one snapshot may be emitted.
   *
   * @param chunks The chunks; their target becomes the flush position once that is sufficient.
   * @param isWaiting Returns whether one of them is still waiting.
   * @param flushLsn Queries the flush position.
   */
  async reach(
    chunks: readonly WaitingChunk[],
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
      // By now all commits that the chunks see are flushed.
      const flushed = await flushLsn();
      for (const waiting of chunks) {
        if (flushed >= waiting.target) continue;
        waiting.target = flushed;
        this.#proven = { state: textOf(waiting.chunk), target: flushed };
      }
    }
  }
}

// At the same position, another snapshot may see a commit that was flushed later.
function textOf({ insertLsn, snapshot }: StateOfChunk): string {
  return `${insertLsn} ${formatSnapshot(snapshot)}`;
}
