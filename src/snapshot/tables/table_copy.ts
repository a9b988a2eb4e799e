import type { Relation } from "../../events/relation.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { SnapshotReason } from "../../events/snapshot_event.ts";
import type { Lsn } from "../../lsn.ts";
import type { XLogData } from "../../replication/copy_both_message.ts";
import { ChangeLog } from "../meet/change_log.ts";
import { readChangedKeys } from "../meet/changed_keys.ts";
import type { Chunk } from "../read/chunk.ts";
import type { MovedRow } from "../progress/chunk_progress.ts";
import { isWhole } from "../meet/overlay.ts";
import type { NextRead, WaitingChunk } from "./waiting_chunk.ts";
import type { PublishedTable } from "../read/published_table.ts";
import { tableName } from "../../events/table_name.ts";
import type { AbortReason } from "../progress/abort_reason.ts";
import type {
  SnapshotProgress,
  SnapshotWait,
} from "../progress/snapshot_progress.ts";
import { keyPlaces } from "../read/row_format.ts";
import type { TableProgress } from "../progress/snapshot_state.ts";

/** How many rows to read once more at a time. */
const KEYS_AT_ONCE = 200;
/** With more rows to read once more than that, the table is copied from its beginning. */
const MAX_MOVED = 20_000;

/** The copy of one table: what is known of it, and what is to be done next. */
export class TableCopy {
  /** The changes that were delivered and that a chunk may not see. */
  readonly log: ChangeLog = new ChangeLog();
  /** Whether it is copied as a whole, before its changes. */
  isWhole: boolean;
  /** A condition of the caller's; `null` for none. */
  where: string | null;
  /** The table as it was when it was looked up last. */
  table: PublishedTable;
  /** The number of the copy. */
  run: number;
  /** Why it was begun. */
  reason: SnapshotReason;
  /** Whether the consumer was told that it begins. */
  isAnnounced = false;
  /** The key of the last row that was given out. */
  after: readonly string[] | null;
  /** Rows to read once more, by key. */
  readonly again: Map<string, MovedRow> = new Map();
  /** The chunks that wait, in the order in which they were read. */
  waiting: WaitingChunk[] = [];
  /** The chunk that is being given out. */
  giving: WaitingChunk | null = null;
  /** Whether all rows were given out but for those to read once more. */
  isRangeDone = false;
  /** Why it ended; `null` as long as it has not. */
  end: "complete" | AbortReason | null = null;
  /** How many rows were given out. */
  rows: number;
  /** How many bytes of COPY data these had. */
  bytes: number;
  /** What it waits for. */
  wait: SnapshotWait | null = null;
  /** Which transactions it waits for, for people. */
  blockers: readonly string[] = [];
  /** Of one that is copied as a whole: whether the stream is to stand still for it. */
  isReady = false;
  /** Whether rows of it are being given out. */
  isGiving = false;
  /** Of one that is copied as a whole: what that failed with. */
  failure: { readonly error: unknown } | null = null;
  /** Of one that is copied as a whole: the transactions whose changes were left out. */
  readonly leftOut: Set<number> = new Set();
  /** Why it is about to end before its end. */
  aborted: AbortReason | null = null;
  /** Settles with its end. */
  readonly ended: Promise<void>;
  /** Changes whenever what was read before is of no use any more. */
  epoch = 0;
  /** Changes whenever all transactions that there are now have to be waited for. */
  guardEpoch = 0;
  /** How many times the stream has described the table. */
  descriptions = 0;
  // The key behind which to read, and whether there is nothing behind it.
  #readAfter: readonly string[] | null;
  #isRead = false;
  #moved: MovedRow[] = [];
  #isTruncated = false;
  #isUnclear = false;
  #resolveEnd: () => void = () => {};
  // The texts of a key as SQL takes them; null if they can't be told.
  readonly #textsOf: (key: string) => readonly string[] | null;
  #places: {
    readonly relation: Relation;
    readonly places: readonly number[];
  } | null = null;

  /**
   * @param table The table.
   * @param options Why and how it is copied, and how far it was.
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
    this.#textsOf = (key) => textsOf(this.table, key);
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

  /** How far it is, for others. */
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

  /** Has it end before its end: at once, if the consumer does not know of it. */
  abort(why: AbortReason): void {
    this.aborted = why;
    this.discard();
    if (!this.isAnnounced) this.finish(why);
  }

  /** What may be read now; `null` where something has to be given out first. */
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

  /** Takes a chunk that was read, and says where the stream has to be for it. */
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

  /** Takes the first chunk that waits, to be given out. */
  take(): WaitingChunk | null {
    this.giving = this.waiting.shift() ?? null;
    return this.giving;
  }

  /**
   * Notes that a chunk has been given out.
   *
   * @returns Whether it counts: the copy has not been begun again meanwhile.
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

  /** Throws away what was read and was not given out. */
  discard(): void {
    this.epoch++;
    this.waiting = [];
    const range = this.giving?.chunk.keys === null ? this.giving.chunk : null;
    this.#readAfter = range === null ? this.after : range.lastKey;
    this.#isRead = range === null ? this.isRangeDone : range.isLast;
  }

  /**
   * Begins from the beginning.
   *
   * @param isLogged Whether the log has all that was delivered since the copy began.
   */
  restart(reason: SnapshotReason, run: number, isLogged: boolean): void {
    if (!isLogged) this.guardEpoch++;
    this.reason = reason;
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

  /** Notes a change of the table that is being delivered. */
  observe(message: XLogData, event: ReplicationEvent): void {
    if (this.isWhole) return;
    switch (event.kind) {
      case "truncate":
        this.#isTruncated = true;
        this.#moved = [];
        return this.log.push("truncate");
      case "relation":
        this.descriptions++;
        return;
      case "insert":
      case "update":
        return this.#observeRow(message, event.relation, event.newRow);
      case "delete":
        return this.#observeRow(message, event.relation, null);
    }
  }

  #observeRow(
    message: XLogData,
    relation: Relation,
    newRow: Record<string, unknown> | null,
  ): void {
    const keys = readChangedKeys(message, this.#placesIn(relation));
    if (keys === null) {
      // Its key is not the one by which the table is copied.
      this.#isUnclear = true;
      return;
    }
    const row = newRow === null || isWhole(newRow) ? null : newRow;
    this.log.push({ ...keys, row });
    const { oldKey, newKey } = keys;
    if (row === null || newKey === null || oldKey === newKey) return;
    // What it had in the columns that have not changed went with a row that the consumer may
    // not have.
    const texts = this.#textsOf(newKey);
    if (texts === null) this.#isUnclear = true;
    else this.#moved.push({ key: newKey, texts, xid: 0 });
  }

  /**
   * Notes that the transaction is complete.
   *
   * @returns What it did to the copy.
   */
  commit(
    xid: number,
    endLsn: Lsn,
  ): {
    readonly moved: readonly MovedRow[];
    readonly isTruncated: boolean;
    readonly isUnclear: boolean;
  } {
    this.log.commit(xid, endLsn);
    const moved = this.#moved.map((row) => ({ ...row, xid }));
    const isTruncated = this.#isTruncated;
    const isUnclear = this.#isUnclear;
    this.#dropOpen();
    return { moved, isTruncated, isUnclear };
  }

  /** Notes rows that are to be read once more; `false` if they are too many. */
  move(moved: readonly MovedRow[]): boolean {
    for (const row of moved) this.again.set(row.key, row);
    return this.again.size <= MAX_MOVED;
  }

  /** Begins a new connection, which sends again what ends behind its start. */
  resume(start: Lsn): void {
    this.log.resume(start);
    this.#dropOpen();
    this.discard();
  }

  /** Forgets what was delivered: all that was has to be seen. */
  forget(): void {
    this.log.clear();
    this.guardEpoch++;
  }

  #dropOpen(): void {
    this.#moved = [];
    this.#isTruncated = false;
    this.#isUnclear = false;
  }

  #placesIn(relation: Relation): readonly number[] {
    if (this.#places?.relation !== relation) {
      const places = keyPlaces(this.table.key ?? [], relation.columns);
      this.#places = { relation, places };
    }
    return this.#places.places;
  }
}
