import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { OpenTemporaryFile } from "../socket/socket.ts";
import { ChunkPool } from "./chunk_pool.ts";
import { BufferedTransaction } from "./buffered_transaction.ts";

/** How much to hold, and what to do with more. */
export interface BufferOptions {
  /** How many bytes of memory all transactions together may take. */
  readonly memoryLimit: number;
  /** Makes a file for what goes beyond it; `null` where there are none. */
  readonly openTemporaryFile: OpenTemporaryFile | null;
}

/**
 * The transactions of one connection that have not ended: each with what has come of it,
 * in memory, and in files beyond a limit.
 */
export class BufferedTransactions {
  readonly #options: BufferOptions;
  readonly #pool = new ChunkPool();
  readonly #stop = new AbortController();
  readonly #held = new Map<number, BufferedTransaction>();
  // Dropped, with a file that is still to be closed.
  readonly #dropped: BufferedTransaction[] = [];

  /** @param options How much to hold. */
  constructor(options: BufferOptions) {
    this.#options = options;
  }

  /** How many transactions there are. */
  get size(): number {
    return this.#held.size;
  }

  /** Begins a transaction. */
  begin(xid: number, walStart: Lsn): BufferedTransaction {
    this.abort(xid, xid);
    const made = new BufferedTransaction(
      xid,
      walStart,
      this.#pool,
      this.#stop.signal,
    );
    this.#held.set(xid, made);
    return made;
  }

  /**
   * Finds a transaction.
   *
   * @throws {ProtocolError} If it has not begun.
   */
  get(xid: number): BufferedTransaction {
    const found = this.#held.get(xid);
    if (found !== undefined) return found;
    throw new ProtocolError(
      `Cannot go on with transaction ${xid}: its first block has not come`,
    );
  }

  /** Lets go of memory that is not in use; to be called where nothing is held. */
  rest(): void {
    this.#pool.clear();
  }

  /**
   * Takes a transaction out.
   *
   * @throws {ProtocolError} If it has not begun.
   */
  take(xid: number): BufferedTransaction {
    const found = this.get(xid);
    this.#held.delete(xid);
    return found;
  }

  /** Rolls a transaction or one of its subtransactions back. */
  abort(xid: number, subxid: number): void {
    const found = this.#held.get(xid);
    if (found === undefined) return;
    if (xid !== subxid) return found.abort(subxid);
    this.#held.delete(xid);
    this.#dropped.push(found);
  }

  /**
   * Sees to the files: closes those that are not needed any more, and moves the largest
   * transactions there until the rest fits into memory.
   *
   * @throws {RangeError} If there are no files.
   */
  async settle(): Promise<void> {
    for (const dropped of this.#dropped.splice(0)) await dropped.log.close();
    const { memoryLimit, openTemporaryFile } = this.#options;
    while (this.#memory() > memoryLimit) {
      if (openTemporaryFile === null) throw this.#overflow();
      await this.#largest()?.log.spill(openTemporaryFile);
    }
  }

  /** Whether {@linkcode BufferedTransactions.settle} has something to do. */
  get isUnsettled(): boolean {
    return this.#dropped.length > 0 ||
      this.#memory() > this.#options.memoryLimit;
  }

  /** Ends every wait for a file: nothing is needed any more. */
  stop(): void {
    this.#stop.abort();
  }

  /** Drops everything. */
  async clear(): Promise<void> {
    this.stop();
    const all = [...this.#dropped.splice(0), ...this.#held.values()];
    this.#held.clear();
    await Promise.all(all.map(({ log }) => log.close()));
    this.#pool.clear();
  }

  #memory(): number {
    let memory = 0;
    for (const { log } of this.#held.values()) memory += log.memory;
    return memory;
  }

  #largest(): BufferedTransaction | undefined {
    let largest: BufferedTransaction | undefined;
    for (const one of this.#held.values()) {
      if (one.log.memory > (largest?.log.memory ?? 0)) largest = one;
    }
    return largest;
  }

  #overflow(): RangeError {
    return new RangeError(
      `Cannot hold ${this.#held.size} transactions that have not ended: they take ${this.#memory()} bytes of memory, the limit is ${this.#options.memoryLimit}, and there are no temporary files; raise streaming.memoryLimit, pass streaming.openTemporaryFile, or subscribe with streaming: false`,
    );
  }
}
