import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { OpenTemporaryFile } from "../socket/socket.ts";
import { ChunkPool } from "./chunk_pool.ts";
import { BufferedTransaction } from "./buffered_transaction.ts";

/** The memory limit, and where to store the rest. */
export interface BufferOptions {
  /** The memory limit for all transactions together, in bytes. */
  readonly memoryLimit: number;
  /** Creates a file for what exceeds the limit; `null` if there are no files. */
  readonly openTemporaryFile: OpenTemporaryFile | null;
}

/**
 * The transactions of one connection that have not ended, each with its messages so far, in
 * memory, and in files beyond a limit.
 */
export class BufferedTransactions {
  readonly #options: BufferOptions;
  readonly #pool = new ChunkPool();
  readonly #stop = new AbortController();
  readonly #buffered = new Map<number, BufferedTransaction>();
  // Dropped transactions whose files must still be closed.
  readonly #dropped: BufferedTransaction[] = [];

  /** @param options The limits. */
  constructor(options: BufferOptions) {
    this.#options = options;
  }

  /** The number of transactions. */
  get size(): number {
    return this.#buffered.size;
  }

  /** Starts a transaction. */
  begin(xid: number, walStart: Lsn): BufferedTransaction {
    this.abort(xid, xid);
    const made = new BufferedTransaction(
      xid,
      walStart,
      this.#pool,
      this.#stop.signal,
    );
    this.#buffered.set(xid, made);
    return made;
  }

  /**
   * Finds a transaction.
   *
   * @throws {ProtocolError} If it has not begun.
   */
  get(xid: number): BufferedTransaction {
    const found = this.#buffered.get(xid);
    if (found !== undefined) return found;
    throw new ProtocolError(
      `Cannot continue transaction ${xid}: its first block has not arrived`,
    );
  }

  /** Releases unused memory. Call it while nothing is buffered. */
  rest(): void {
    this.#pool.clear();
  }

  /**
   * Removes and returns a transaction.
   *
   * @throws {ProtocolError} If it has not begun.
   */
  take(xid: number): BufferedTransaction {
    const found = this.get(xid);
    this.#buffered.delete(xid);
    return found;
  }

  /** Rolls back a transaction or one of its subtransactions. */
  abort(xid: number, subxid: number): void {
    const found = this.#buffered.get(xid);
    if (found === undefined) return;
    if (xid !== subxid) return found.abort(subxid);
    this.#buffered.delete(xid);
    this.#dropped.push(found);
  }

  /**
   * Manages the files: closes those that are no longer needed, and moves the largest
   * transactions to files until the rest fits into memory.
   *
   * @throws {RangeError} If there are no files.
   */
  async reclaim(): Promise<void> {
    for (const dropped of this.#dropped.splice(0)) await dropped.log.close();
    const { memoryLimit, openTemporaryFile } = this.#options;
    while (this.#memory() > memoryLimit) {
      if (openTemporaryFile === null) throw this.#overflow();
      await this.#largest()?.log.spill(openTemporaryFile);
    }
  }

  /** Whether {@linkcode BufferedTransactions.reclaim} has something to do. */
  get canReclaim(): boolean {
    return this.#dropped.length > 0 ||
      this.#memory() > this.#options.memoryLimit;
  }

  /** Aborts all waits for files: nothing is needed any more. */
  stop(): void {
    this.#stop.abort();
  }

  /** Drops everything. */
  async clear(): Promise<void> {
    this.stop();
    const all = [...this.#dropped.splice(0), ...this.#buffered.values()];
    this.#buffered.clear();
    await Promise.all(all.map(({ log }) => log.close()));
    this.#pool.clear();
  }

  #memory(): number {
    let memory = 0;
    for (const { log } of this.#buffered.values()) memory += log.memory;
    return memory;
  }

  #largest(): BufferedTransaction | undefined {
    let largest: BufferedTransaction | undefined;
    for (const one of this.#buffered.values()) {
      if (one.log.memory > (largest?.log.memory ?? 0)) largest = one;
    }
    return largest;
  }

  #overflow(): RangeError {
    return new RangeError(
      `Cannot hold ${this.#buffered.size} transactions that have not ended: they take ${this.#memory()} bytes of memory, the limit is ${this.#options.memoryLimit}, and there are no temporary files; raise streaming.memoryLimit, pass streaming.openTemporaryFile, or subscribe with streaming: false`,
    );
  }
}
