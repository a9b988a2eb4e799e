import type { Lsn } from "../lsn.ts";
import type { XLogData } from "../replication/copy_both_message.ts";
import type { ChunkPool } from "./chunk_pool.ts";
import { SpillableLog } from "./spillable_log.ts";

/** The buffered part of a transaction that has not ended. */
export class BufferedTransaction {
  /** The top-level transaction's id. */
  readonly xid: number;
  /** The start of its first block. */
  readonly walStart: Lsn;
  /** Its messages. */
  readonly log: SpillableLog;
  // Its subtransactions in the order of their first messages, and the starts of these.
  readonly #subtransactions: {
    readonly xid: number;
    readonly start: number;
  }[] = [];
  readonly #index = new Map<number, number>();
  #lastXid: number;

  /**
   * @param xid The top-level transaction's id.
   * @param walStart The start of its first block.
   * @param pool Provides its memory.
   * @param signal Aborts all waits for its file.
   */
  constructor(
    xid: number,
    walStart: Lsn,
    pool: ChunkPool,
    signal: AbortSignal,
  ) {
    this.log = new SpillableLog(pool, signal);
    this.xid = xid;
    this.walStart = walStart;
    this.#lastXid = xid;
  }

  /**
   * Adds a message that begins with an xid, which is removed.
   *
   * @param xid The xid: that of a subtransaction, or of the transaction.
   * @param message The message.
   */
  append(xid: number, message: XLogData): void {
    if (xid !== this.#lastXid) this.#enter(xid);
    this.log.append(message, XID_BYTES);
  }

  /** Adds a message without an xid. */
  appendPlain(message: XLogData): void {
    this.log.append(message, 0);
  }

  /**
   * Rolls back a subtransaction: drops everything from its first message on, since everything
   * after that came from it or from subtransactions within it. (subxact_info in
   * src/backend/replication/logical/worker.c does the same.)
   *
   * @param xid The subtransaction, which may have no messages.
   */
  abort(xid: number): void {
    const at = this.#index.get(xid);
    const first = at === undefined ? undefined : this.#subtransactions[at];
    if (at === undefined || first === undefined) return;
    this.log.truncate(first.start);
    for (const dropped of this.#subtransactions.splice(at)) {
      this.#index.delete(dropped.xid);
    }
  }

  #enter(xid: number): void {
    this.#lastXid = xid;
    if (xid === this.xid || this.#index.has(xid)) return;
    const start = this.log.length;
    this.#index.set(xid, this.#subtransactions.push({ xid, start }) - 1);
  }
}

const XID_BYTES = 4;
