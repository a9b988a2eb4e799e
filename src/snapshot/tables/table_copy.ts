import type { ReplicationEvent } from "../../events/event.ts";
import type { SnapshotReason } from "../../events/snapshot_event.ts";
import type { Lsn } from "../../lsn.ts";
import type { XLogData } from "../../replication/copy_both_message.ts";
import { ChangeLog } from "../reconcile/change_log.ts";
import type { Chunk } from "../read/chunk.ts";
import type { MovedRow } from "../progress/chunk_progress.ts";
import {
  OpenTransaction,
  type TransactionEffects,
} from "./open_transaction.ts";
import type { NextRead, WaitingChunk } from "./waiting_chunk.ts";
import type { PublishedTable } from "../read/published_table.ts";
import { tableName } from "../../events/table_name.ts";
import type { AbortReason } from "../progress/abort_reason.ts";
import type {
  SnapshotProgress,
  SnapshotWait,
} from "../progress/snapshot_progress.ts";
import type { TableProgress } from "../progress/snapshot_state.ts";
import {
  isVisible,
  type TransactionSnapshot,
} from "../reconcile/visibility.ts";

/** How many rows to read again at a time. */
const KEYS_AT_ONCE = 200;
/** With more rows to read again than this, the table is copied from the beginning. */
const MAX_MOVED = 20_000;
/** With more transactions to remember than this, chunks wait until all are visible. */
const MAX_REMEMBERED = 100_000;

/** The copy of one table: what is known about it, and what to do next. */
export class TableCopy {
  /** The changes that were delivered and that a chunk may not see. */
  readonly log: ChangeLog = new ChangeLog();
  /** Whether it is copied as a whole, before its changes. */
  isWhole: boolean;
  /** The caller's condition; `null` for none. */
  where: string | null;
  /** The table, as last looked up. */
  table: PublishedTable;
  /** The number of the copy. */
  run: number;
  /** The reason for the copy. */
  reason: SnapshotReason;
  /** Whether its `snapshotBegin` was delivered. */
  isAnnounced = false;
  /** The key of the last emitted row. */
  after: readonly string[] | null;
  /** Rows to read again, by key. */
  readonly again: Map<string, MovedRow> = new Map();
  /** The waiting chunks, in the order in which they were read. */
  waiting: WaitingChunk[] = [];
  /** The chunk that is being emitted. */
  giving: WaitingChunk | null = null;
  /** Whether all rows were emitted, except those to read again. */
  isRangeDone = false;
  /** How it ended; `null` while it has not. */
  end: "complete" | AbortReason | null = null;
  /** The number of emitted rows. */
  rows: number;
  /** The number of bytes of COPY data in these rows. */
  bytes: number;
  /** What it waits for. */
  wait: SnapshotWait | null = null;
  /** The transactions that it waits for, as text for people. */
  blockers: readonly string[] = [];
  /** For a table copied as a whole: whether the stream must pause for it. */
  isReady = false;
  /** Whether its rows are being emitted. */
  isGiving = false;
  /** For a table copied as a whole: the error with which that failed. */
  failure: { readonly error: unknown } | null = null;
  /** For a table copied as a whole: the transactions whose changes were removed. */
  readonly leftOut: Set<number> = new Set();
  /** Why it is about to end early. */
  aborted: AbortReason | null = null;
  /** Settles when it ends. */
  readonly ended: Promise<void>;
  /** Changes whenever everything read so far becomes useless. */
  epoch = 0;
  /** Changes whenever all transactions of that moment must end before reading. */
  guardEpoch = 0;
  /** The last `guardEpoch` whose transactions have ended; -1 before it was first read. */
  guarded = -1;
  /** How often the stream has described the table. */
  descriptions = 0;
  // The key after which to read, and whether nothing follows it.
  #readAfter: readonly string[] | null;
  #isRead = false;
  readonly #open: OpenTransaction;
  #resolveEnd: () => void = () => {};

  /**
   * @param table The table.
   * @param options Why and how it is copied, and its progress.
   */
  constructor(
    table: PublishedTable,
    { reason, run, where, progress, isWhole, textsOf }: {
      readonly reason: SnapshotReason;
      readonly run: number;
      readonly where: string | null;
      readonly progress: TableProgress | null;
      readonly isWhole: boolean;
      readonly textsOf: (
        table: PublishedTable,
        key: string,
      ) => readonly string[] | null;
    },
  ) {
    this.#open = new OpenTransaction(
      this.log,
      (key) => textsOf(this.table, key),
    );
    this.ended = new Promise((resolve) => this.#resolveEnd = resolve);
    this.isWhole = isWhole;
    this.table = table;
    this.reason = reason;
    this.run = run;
    this.where = where;
    this.after = progress?.after ?? null;
    this.#readAfter = this.after;
    this.rows = progress?.rows ?? 0;
    this.bytes = progress?.bytes ?? 0;
    for (const [texts, xid] of progress?.again ?? []) {
      const key = texts.join("\0");
      this.again.set(key, { key, texts, xid });
    }
  }

  /** Its progress, for callers. */
  get progress(): SnapshotProgress {
    const { table, run, rows, bytes, end, wait, blockers } = this;
    const { estimatedRows, estimatedBytes } = table;
    const isBegun = this.isAnnounced || wait !== null;
    const state = end === "complete"
      ? "done"
      : end !== null
      ? "aborted"
      : isBegun
      ? "copying"
      : "queued";
    return {
      ...{ table: tableName(table), run, state, rows, bytes },
      ...{ estimatedRows, estimatedBytes, waitingFor: wait, blockers },
    };
  }

  /** Ends it. */
  finish(end: "complete" | AbortReason): void {
    this.end = end;
    this.wait = null;
    this.#resolveEnd();
  }

  /** Ends it early: at once if the consumer does not know about it. */
  abort(why: AbortReason): void {
    this.aborted = why;
    this.discard();
    if (!this.isAnnounced) this.finish(why);
  }

  /**
   * Whether the catalog reports no pages for it, and it has not been read yet. A table that was
   * never vacuumed or analyzed may have rows nevertheless. With a condition of the caller, it is
   * read in any case, since the server has to reject a wrong condition.
   */
  get seemsEmpty(): boolean {
    const { estimatedBytes, isPartitioned } = this.table;
    return estimatedBytes === 0 && !isPartitioned && !this.isWhole &&
      this.where === null && this.guarded < 0 && this.after === null &&
      this.again.size === 0;
  }

  /** What to read next; `null` if something must be emitted first. */
  nextRead(): NextRead | null {
    if (this.end !== null || this.aborted !== null) return null;
    const held = this.waiting.length + (this.giving === null ? 0 : 1);
    if (held >= 2) return null;
    const isMany = this.again.size > KEYS_AT_ONCE;
    const isFree = held === 0;
    if (isFree && this.again.size > 0 && (this.#isRead || isMany)) {
      const some = [...this.again.values()].slice(0, KEYS_AT_ONCE);
      return {
        kind: "keys",
        keys: new Map(some.map(({ key, texts }) => [key, texts])),
      };
    }
    return this.#isRead ? null : { kind: "after", key: this.#readAfter };
  }

  /**
   * Whether a chunk of moved rows sees at least one of the transactions that moved them.
   * Otherwise it has nothing to deliver yet.
   */
  seesMoverOf({ keys, snapshot }: Pick<Chunk, "keys" | "snapshot">): boolean {
    return (keys ?? []).some((key) => {
      const moved = this.again.get(key);
      return moved === undefined || isVisible(moved.xid, snapshot);
    });
  }

  /** Adds a chunk that was read, with the position that the stream must reach for it. */
  accept(chunk: Chunk, target: Lsn): WaitingChunk {
    if (chunk.keys === null) {
      this.#readAfter = chunk.lastKey;
      this.#isRead = chunk.isLast;
    }
    const { descriptions } = this;
    const waiting: WaitingChunk = { chunk, target, descriptions, seen: [] };
    this.waiting.push(waiting);
    return waiting;
  }

  /** Takes the first waiting chunk, to be emitted. */
  take(): WaitingChunk | null {
    this.giving = this.waiting.shift() ?? null;
    return this.giving;
  }

  /**
   * Records that a chunk has been emitted.
   *
   * @returns Whether it counts: the copy was not restarted in the meantime.
   */
  give(waiting: WaitingChunk, rows: number): boolean {
    if (this.giving !== waiting) return false;
    this.giving = null;
    const { chunk } = waiting;
    this.rows += rows;
    this.bytes += chunk.rows.size;
    if (chunk.keys === null) {
      this.after = chunk.lastKey;
      this.isRangeDone = chunk.isLast;
    }
    return true;
  }

  /** Discards chunks that were read and not emitted. */
  discard(): void {
    this.epoch++;
    this.waiting = [];
    const range = this.giving?.chunk.keys === null ? this.giving.chunk : null;
    this.#readAfter = range === null ? this.after : range.lastKey;
    this.#isRead = range === null ? this.isRangeDone : range.isLast;
  }

  /**
   * Starts from the beginning.
   *
   * @param isLogged Whether the log contains everything delivered since the copy started.
   */
  restart(reason: SnapshotReason, run: number, isLogged: boolean): void {
    if (!isLogged) this.guardEpoch++;
    // If no event of the copy was delivered, the first one must still have its reason.
    const isUnknown = !this.isAnnounced && this.after === null;
    if (!isUnknown || reason === "requested") this.reason = reason;
    this.run = run;
    this.isAnnounced = false;
    this.after = null;
    this.isRangeDone = false;
    this.giving = null;
    this.again.clear();
    this.isReady = false;
    this.rows = 0;
    this.bytes = 0;
    this.discard();
  }

  /** Records a change of the table that is being delivered. */
  observe(message: XLogData, event: ReplicationEvent): void {
    if (this.isWhole) return;
    if (event.kind === "relation") this.descriptions++;
    else this.#open.observe(message, event, this.table.key ?? []);
  }

  /**
   * Records that the transaction is complete.
   *
   * @returns Its effect on the copy.
   */
  commit(xid: number, endLsn: Lsn): TransactionEffects {
    this.log.commit(xid, endLsn);
    if (this.log.length > MAX_REMEMBERED) this.forget();
    return this.#open.end(xid);
  }

  /** Records rows that must be read again; `false` if there are too many. */
  move(moved: readonly MovedRow[]): boolean {
    for (const row of moved) this.again.set(row.key, row);
    return this.again.size <= MAX_MOVED;
  }

  /** Starts a new connection, which sends everything again that ends after its start. */
  resume(start: Lsn): void {
    this.log.resume(start);
    this.#open.drop();
    this.discard();
  }

  /** For a table copied as a whole: records a transaction whose changes were omitted. */
  leaveOut(xid: number): void {
    this.leftOut.add(xid);
    if (this.leftOut.size > MAX_REMEMBERED) this.forget();
  }

  /** Discards transactions that a snapshot sees: all later snapshots see them too. */
  see(snapshot: TransactionSnapshot): void {
    this.log.prune(snapshot);
    for (const xid of this.leftOut) {
      if (isVisible(xid, snapshot)) this.leftOut.delete(xid);
    }
  }

  /** Discards what was delivered or omitted: later chunks must see all of it. */
  forget(): void {
    this.log.clear();
    this.leftOut.clear();
    this.isReady = false;
    this.guardEpoch++;
    this.discard();
  }
}
