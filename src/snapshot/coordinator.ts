import type { ReplicationEvent } from "../events/event.ts";
import { tableName } from "../events/table_name.ts";
import type { TransactionInfo } from "../events/transaction_info.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import type {
  MessageBatch,
  MessageSource,
} from "../reassembly/message_source.ts";
import type { XLogData } from "../replication/copy_both_message.ts";
import { Background } from "./tables/background.ts";
import type { ChunkBatch } from "./emit/batches.ts";
import { copyBatches } from "./emit/copy_batches.ts";
import type { SnapshotCoordinatorOptions } from "./coordinator_options.ts";
import { CopyProgress } from "./progress/copy_progress.ts";
import { CopyTables } from "./tables/copy_tables.ts";
import { Discovery } from "./tables/discovery.ts";
import type { Place } from "./emit/make_rows.ts";
import { leaveOut } from "./emit/leave_out.ts";
import { keyTexts } from "./emit/key_texts.ts";
import { ChunkReader, isOutdated } from "./read/chunk_reader.ts";
import type { PublishedTable } from "./read/published_table.ts";
import { PendingCalls } from "./pending_calls.ts";
import { ReaderPool } from "./tables/reader_pool.ts";
import type {
  SnapshotPace,
  SnapshotProgress,
} from "./progress/snapshot_progress.ts";
import type { SnapshotState } from "./progress/snapshot_state.ts";
import { StoppableSource } from "./stoppable_source.ts";
import type { StreamLink, StreamObserver } from "./stream_observer.ts";
import type { TableCopy } from "./tables/table_copy.ts";
import {
  describePublishedTable,
  type TableDescription,
} from "./table_description.ts";

/**
 * Decides, while tables are copied, when the stream continues, when a chunk is read, and when
 * one is emitted: once everything that it sees has been delivered.
 */
export class SnapshotCoordinator implements StreamObserver {
  /** The record of what is done. */
  readonly progress: CopyProgress;
  readonly #options: SnapshotCoordinatorOptions;
  readonly #background = new Background(() => this.#source?.wake());
  readonly #tables: CopyTables;
  readonly #pool: ReaderPool;
  readonly #discovery: Discovery;
  #askServer: (() => void) | null = null;
  #source: StoppableSource | null = null;
  // The highest position of the stream, including the beginning of a transaction.
  #horizon: Lsn = INVALID_LSN;
  #transaction: TransactionInfo | null = null;
  #giving: AsyncGenerator<ReplicationEvent[]> | null = null;
  #place = { lsn: INVALID_LSN, index: 0 };
  #hasGiven = false;
  #isBinary = false;

  /** The calls for which the stream has to go on. */
  readonly calls: PendingCalls = new PendingCalls(() => this.#askServer?.());

  /** @param options What to copy, and how. */
  constructor(options: SnapshotCoordinatorOptions) {
    const { state, readers, idle, retry } = options;
    this.#options = options;
    this.progress = new CopyProgress(state);
    this.#tables = new CopyTables(this.progress, {
      ...options,
      textsOf: (table, key) => this.#textsOf(table, key),
      onChange: () => {
        this.#background.notify();
        this.#source?.wake();
      },
    });
    this.#pool = new ReaderPool({
      tables: this.#tables,
      background: this.#background,
      ...{ readers, retry },
      newReader: () => this.#newReader(),
      isStreaming: () => this.#askServer !== null,
      ask: () => this.#ask(),
      wake: () => this.#source?.wake(),
    }, idle);
    this.#discovery = new Discovery({
      tables: this.#tables,
      pool: this.#pool,
      background: this.#background,
      retry,
      newReader: () => this.#newReader(),
    });
  }

  /**
   * Looks up the tables, and checks that they can be copied.
   *
   * @throws {TypeError} If a chosen table is not published.
   * @throws {SubscriptionError} If they can't be copied.
   */
  async prepare(): Promise<void> {
    await this.#discovery.begin();
  }

  /** Sets a link that has just been opened. */
  attach({ start, isBinary, ask }: StreamLink): void {
    this.#askServer = ask;
    // Keys of the other format are not comparable.
    const isOtherwise = this.#isBinary !== isBinary;
    this.#isBinary = isBinary;
    for (const copy of this.#tables.active.values()) {
      copy.resume(start);
      if (isOtherwise) copy.forget();
    }
    this.#pool.reset();
    this.#background.notify();
    if (!this.#options.isSelective) this.#discovery.watch();
  }

  /** The progress of the copies. */
  get snapshots(): readonly SnapshotProgress[] {
    return this.#tables.progress;
  }

  /** Whether all tables have been copied. */
  get isComplete(): boolean {
    return this.#tables.isComplete && this.#giving === null;
  }

  get mayEnd(): boolean {
    if (this.calls.isAny) return false;
    // A run emits at least one chunk of a resumable copy; otherwise it might never complete.
    const mayStop = this.#options.isResumable && this.#hasGiven;
    return this.isComplete || (mayStop && this.#giving === null);
  }

  follow(messages: MessageSource): MessageSource {
    this.#source = new StoppableSource(messages);
    return this.#source;
  }

  putBack(messages: MessageBatch): void {
    this.#source?.putBack(messages);
  }

  change(message: XLogData, event: ReplicationEvent): void {
    if (event.transaction !== this.#transaction) this.#enter(event.transaction);
    const { active } = this.#tables;
    switch (event.kind) {
      case "insert":
      case "update":
      case "delete":
      case "relation":
        return active.get(event.relation.oid)?.observe(message, event);
      case "truncate":
        for (const { oid } of event.relations) {
          active.get(oid)?.observe(message, event);
        }
    }
  }

  // A table whose copy was announced must be complete before a chunk is emitted.
  #enter(transaction: TransactionInfo | null): void {
    this.#transaction = transaction;
    const after = (transaction?.commitLsn ?? -1n) + 1n as Lsn;
    if (after > this.#horizon) this.#horizon = after;
  }

  commit(event: ReplicationEvent): void {
    if (event.kind !== "commit") return;
    const { endLsn, transaction: { xid } } = event;
    const isNew = endLsn > this.#horizon;
    if (isNew) this.#horizon = endLsn;
    this.#tables.commit(xid, endLsn, isNew);
  }

  /** Removes changes that a copy contains or will contain. */
  filter(events: readonly ReplicationEvent[]): readonly ReplicationEvent[] {
    const { holds } = this.progress;
    const left = leaveOut(events, this.#tables.active, holds);
    const commitLsn = events.at(-1)?.transaction?.commitLsn;
    if (holds.size > 0 && commitLsn) this.progress.release(commitLsn);
    return left;
  }

  /** Starts all copies again, because changes are lost. */
  gap(): void {
    this.#tables.gap();
    this.#background.run(() => this.#discovery.discover("gap"));
  }

  isDue(position: Lsn): boolean {
    return this.#background.failure !== null || this.#giving !== null ||
      this.#findDue(position) !== undefined ||
      (this.#options.endsWithCopy && this.isComplete);
  }

  /**
   * Returns the events that are due between two transactions.
   *
   * @param position The position of the stream.
   * @returns The next events; `null` if none are due; `"end"` if everything is copied and the
   * stream is to end with it.
   */
  async take(position: Lsn): Promise<ReplicationEvent[] | "end" | null> {
    for (;;) {
      const { failure } = this.#background;
      if (failure !== null) throw failure.error;
      if (this.#giving === null) {
        const copy = this.#findDue(position);
        if (copy === undefined) {
          const isEnd = this.#options.endsWithCopy && this.isComplete;
          return isEnd ? "end" : null;
        }
        this.#giving = this.#give(copy, position);
      }
      const { done, value } = await this.#giving.next();
      if (!done) return value;
      this.#giving = null;
      this.#background.notify();
    }
  }

  /** Looks up a published table. */
  async describe(name: string): Promise<TableDescription> {
    this.calls.note();
    const [table] = await this.#discovery.find([name]);
    return describePublishedTable(table!);
  }

  /**
   * Copies tables, even if they were copied before.
   *
   * @param names Their names, as in events; `null` for all.
   * @param where An SQL condition.
   */
  async request(
    names: readonly string[] | null,
    where?: string,
  ): Promise<void> {
    await this.calls.during(async () => {
      const chosen = await this.#discovery.find(names);
      const copies = chosen.map((table) =>
        this.#tables.request(table, "requested", where)
      );
      this.#pool.start();
      this.#background.notify();
      const ended = Promise.all(copies.map(({ ended }) => ended));
      await this.#background.until(ended);
    }).finally(() => this.#source?.wake());
  }

  /** Sets the pace of copies. */
  pace(pace: SnapshotPace): void {
    this.calls.note();
    this.#pool.pace(pace);
  }

  /**
   * Ends copies early.
   *
   * @param names The tables' names; `null` for all.
   */
  cancel(names: readonly string[] | null): void {
    this.calls.note();
    for (const copy of this.#tables.running) {
      const isMeant = names?.includes(tableName(copy.table)) ?? true;
      if (isMeant) this.#tables.abort(copy, "cancelled");
    }
  }

  /** Whether a position has state to store that is not stored yet. */
  hasNews(lsn: Lsn): boolean {
    return this.progress.hasNews(lsn);
  }

  /** Records the state that was stored. */
  markSaved(state: SnapshotState | undefined): void {
    if (state !== undefined) this.progress.markSaved(state);
  }

  /** Ends everything, and settles once all connections are closed. */
  async close(): Promise<void> {
    this.#askServer = null;
    await this.#background.close();
  }

  // A reader that does not wait for the server has enough to read.
  #ask(): void {
    if (this.#source?.isWaiting !== true) return;
    this.#askServer?.();
    this.#source.wake();
  }

  #newReader(): ChunkReader {
    const { signal } = this.#background;
    const isBinary = () => this.#isBinary;
    return new ChunkReader({ ...this.#options.reader, signal, isBinary });
  }

  #findDue(position: Lsn): TableCopy | undefined {
    if (position < this.#horizon) return undefined;
    for (const copy of this.#tables.active.values()) {
      const [first] = copy.waiting;
      const isDue = copy.isReady || (copy.aborted !== null && !copy.end) ||
        (first !== undefined && first.target <= position);
      if (isDue) return copy;
    }
    return undefined;
  }

  async *#give(
    copy: TableCopy,
    position: Lsn,
  ): AsyncGenerator<ReplicationEvent[]> {
    copy.isGiving = true;
    try {
      for await (const { batch, end } of this.#batchesOf(copy, position)) {
        if (end !== null) this.progress.track(end.event, end.progress);
        this.#hasGiven ||= end !== null;
        yield batch;
      }
    } catch (error) {
      const mayPass = isOutdated(error) || this.#options.mayPass(error);
      if (!copy.isWhole || !mayPass) throw error;
      copy.failure = { error };
      // What was emitted of it is useless.
      this.#tables.restart(copy, copy.table, "interrupted", false);
    } finally {
      copy.isGiving = false;
    }
    this.#tables.tell(copy);
  }

  #batchesOf(copy: TableCopy, position: Lsn): AsyncGenerator<ChunkBatch> {
    const { assembler, reader: { chunkBytes } } = this.#options;
    const place = (): Place => this.#nextPlace(position);
    const reader = this.#pool.readerOf(copy);
    return copyBatches(copy, reader, { assembler, chunkBytes, place });
  }

  #nextPlace(lsn: Lsn): Place {
    if (this.#place.lsn !== lsn) this.#place = { lsn, index: 0 };
    return { transaction: null, lsn, index: this.#place.index++ };
  }

  #textsOf(table: PublishedTable, key: string): readonly string[] | null {
    const { assembler } = this.#options;
    if (!this.#isBinary) return key.split("\0");
    return keyTexts(table, key, assembler.decoders);
  }
}
