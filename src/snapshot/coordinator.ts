import type { ReplicationEvent } from "../events/event.ts";
import type { SnapshotReason } from "../events/snapshot_event.ts";
import type { TransactionInfo } from "../events/transaction_info.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import type { XLogData } from "../replication/copy_both_message.ts";
import type { SnapshotCoordinatorOptions } from "./coordinator_options.ts";
import { Background } from "./background.ts";
import { chunkEvents } from "./chunk_events.ts";
import { ChunkReader } from "./read/chunk_reader.ts";
import type { Chunk } from "./read/chunk.ts";
import { type Begun, CopyProgress } from "./copy_progress.ts";
import type { Place } from "./give_out.ts";
import { checkTables } from "./read/check_tables.ts";
import type { PublishedTable } from "./read/published_table.ts";
import { ChunkTargets } from "./chunk_target.ts";
import { delay } from "./delay.ts";
import { planCopy } from "./plan_copy.ts";
import { type SnapshotState, versionOf } from "./snapshot_state.ts";
import type {
  MessageBatch,
  MessageSource,
} from "../reassembly/message_source.ts";
import { StoppableSource } from "./stoppable_source.ts";
import type { StreamObserver } from "./stream_observer.ts";
import { TableCopy } from "./table_copy.ts";
import { readTable } from "./table_worker.ts";

/**
 * Decides, while tables are copied, when the stream goes on, when a chunk is read and when one
 * is given out: where all that it sees has been delivered.
 */
export class SnapshotCoordinator implements StreamObserver {
  /** The account of what is done. */
  readonly progress: CopyProgress;
  readonly #options: SnapshotCoordinatorOptions;
  readonly #background = new Background(() => this.#source?.wake());
  // The tables that are being copied, or whose copy is to be resumed: their changes are logged.
  readonly #copies = new Map<number, TableCopy>();
  #queue: TableCopy[] = [];
  #workers = 0;
  #walWriterDelayMs = 200;
  #askServer: (() => void) | null = null;
  #source: StoppableSource | null = null;
  // Where the stream was at the most, the beginning of a transaction counted.
  #horizon: Lsn = INVALID_LSN;
  readonly #targets = new ChunkTargets({
    ask: () => this.#ask(),
    walWriterDelayMs: () => this.#walWriterDelayMs,
    signal: this.#background.signal,
  });
  #transaction: TransactionInfo | null = null;
  #giving: AsyncGenerator<ReplicationEvent[]> | null = null;
  #lastRun = 0;
  #place = { lsn: INVALID_LSN, index: 0 };
  #hasGiven = false;

  /** @param options What to copy, and how. */
  constructor(options: SnapshotCoordinatorOptions) {
    this.#options = options;
    this.progress = new CopyProgress(options.state);
  }

  /**
   * Looks up the tables, and checks that they can be copied.
   *
   * @throws {SubscriptionError} If they can't.
   */
  async prepare(): Promise<void> {
    const reader = this.#newReader();
    try {
      const { isStandby, walWriterDelayMs } = await reader.facts();
      this.#walWriterDelayMs = walWriterDelayMs;
      const tables = await reader.tables(null);
      checkTables(tables, isStandby);
      for (const table of tables) this.#enqueue(table);
    } finally {
      await reader.close();
    }
  }

  /**
   * Takes a link that has been opened.
   *
   * @param start Where the server begins: all that committed before it was delivered.
   * @param ask Asks the server where it is.
   */
  attach(start: Lsn, ask: () => void): void {
    this.#askServer = ask;
    this.#targets.reset();
    for (const copy of this.#copies.values()) copy.resume(start);
    this.#startWorkers();
    this.#background.notify();
  }

  /** Whether all tables have been copied. */
  get isComplete(): boolean {
    return this.#queue.length === 0 && this.#copies.size === 0;
  }

  get mayEnd(): boolean {
    return this.isComplete || (this.#hasGiven && this.#giving === null);
  }

  follow(messages: MessageSource): MessageSource {
    this.#source = new StoppableSource(messages);
    return this.#source;
  }

  putBack(messages: MessageBatch): void {
    this.#source?.putBack(messages);
  }

  // Who does not wait for the server has enough to read.
  #ask(): void {
    if (this.#source?.isWaiting !== true) return;
    this.#askServer?.();
    this.#source.wake();
  }

  change(message: XLogData, event: ReplicationEvent): void {
    if (event.transaction !== this.#transaction) this.#enter(event.transaction);
    switch (event.kind) {
      case "insert":
      case "update":
      case "delete":
      case "relation":
        return this.#copies.get(event.relation.oid)?.observe(message, event);
      case "truncate":
        for (const { oid } of event.relations) {
          this.#copies.get(oid)?.observe(message, event);
        }
    }
  }

  // One whose beginning was given out has to be whole before a chunk is.
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
    for (const [oid, copy] of this.#copies) {
      const { moved, isTruncated } = copy.commit(xid, endLsn);
      // What comes again over a new connection has been taken into account.
      if (!isNew) continue;
      if (isTruncated) this.#restart(copy, copy.table, "truncated", true);
      if (moved.length === 0) continue;
      this.progress.move(endLsn, oid, copy.run, moved);
      if (!copy.move(moved)) {
        this.#restart(copy, copy.table, "rewritten", false);
      }
    }
  }

  isDue(position: Lsn): boolean {
    return this.#background.failure !== null || this.#giving !== null ||
      this.#findDue(position) !== undefined;
  }

  /**
   * Gives out what is due, between two transactions.
   *
   * @param position Where the stream is.
   * @returns The next events; `null` if nothing is due.
   */
  async take(position: Lsn): Promise<ReplicationEvent[] | null> {
    for (;;) {
      const { failure } = this.#background;
      if (failure !== null) throw failure.error;
      if (this.#giving === null) {
        const copy = this.#findDue(position);
        if (copy === undefined) return null;
        this.#giving = this.#give(copy, position);
      }
      const { done, value } = await this.#giving.next();
      if (!done) return value;
      this.#giving = null;
      this.#background.notify();
    }
  }

  /** Whether there is something to be kept with a position that has not been. */
  hasNews(lsn: Lsn): boolean {
    return this.progress.hasNews(lsn);
  }

  /** Notes what was kept. */
  markSaved(state: SnapshotState | undefined): void {
    if (state !== undefined) this.progress.markSaved(state);
  }

  /** Ends everything, and settles once no connection is left. */
  async close(): Promise<void> {
    this.#askServer = null;
    await this.#background.close();
  }

  #newReader(): ChunkReader {
    return new ChunkReader({
      ...this.#options.reader,
      signal: this.#background.signal,
    });
  }

  #enqueue(table: PublishedTable): void {
    const { oid } = table;
    if (this.#copies.has(oid)) return;
    if (this.#queue.some((copy) => copy.table.oid === oid)) return;
    const plan = planCopy(table, this.progress, this.#options.always);
    if (plan === null) return;
    const { reason, progress } = plan;
    const run = progress?.run ?? this.#newRun();
    const copy = new TableCopy(table, { reason, run, where: null, progress });
    this.#lastRun = Math.max(this.#lastRun, copy.run);
    // What was moved since has to be noticed from the first change on.
    if (progress !== null) {
      this.#copies.set(oid, copy);
      this.progress.redefine(oid, begunOf(copy));
    }
    this.#queue.push(copy);
  }

  // Greater than all before, whether or not anything is known of them.
  #newRun(): number {
    this.#lastRun = Math.max(Date.now(), this.#lastRun + 1);
    return this.#lastRun;
  }

  #startWorkers(): void {
    while (this.#workers < this.#options.readers && this.#queue.length > 0) {
      this.#workers++;
      this.#background.run(() => this.#work());
    }
  }

  async #work(): Promise<void> {
    const reader = this.#newReader();
    try {
      for (
        let copy = this.#queue.shift();
        copy !== undefined;
        copy = this.#queue.shift()
      ) {
        const { oid } = copy.table;
        if (!this.#copies.has(oid)) {
          this.#copies.set(oid, copy);
          this.progress.begin(oid, begunOf(copy));
        }
        await readTable(copy, reader, this.#hostFor(reader));
        this.#copies.delete(oid);
      }
    } finally {
      this.#workers--;
      await reader.close();
    }
    if (this.isComplete) this.progress.initialize();
    // Whoever waits for the end of all may go.
    this.#source?.wake();
  }

  #hostFor(reader: ChunkReader): Parameters<typeof readTable>[2] {
    const { signal } = this.#background;
    return {
      change: () => this.#background.change(),
      isStreaming: () => this.#askServer !== null,
      retry: (work) => this.#options.retry(work, signal),
      delay: (milliseconds) => delay(milliseconds, signal),
      accept: (copy, chunk) => this.#accept(copy, chunk, reader),
      restart: (copy, table) => this.#restart(copy, table, "rewritten", false),
      redefine: (copy, table) => {
        copy.table = table;
        copy.discard();
        this.progress.redefine(table.oid, begunOf(copy));
      },
      abort: (copy, why) => {
        copy.end = why;
        this.progress.drop(copy.table.oid);
      },
      onWaiting: ignore,
    };
  }

  #restart(
    copy: TableCopy,
    table: PublishedTable,
    reason: SnapshotReason,
    isLogged: boolean,
  ): void {
    copy.table = table;
    copy.restart(reason, this.#newRun(), isLogged);
    this.progress.begin(table.oid, begunOf(copy));
    this.#background.notify();
  }

  #accept(copy: TableCopy, chunk: Chunk, reader: ChunkReader): void {
    const waiting = copy.accept(chunk, this.#targets.of(chunk.insertLsn));
    const { signal } = this.#background;
    this.#background.run(() =>
      this.#targets.reach(
        waiting,
        () => copy.waiting.includes(waiting),
        () => this.#options.retry(() => reader.flushLsn(), signal),
      )
    );
  }

  #findDue(position: Lsn): TableCopy | undefined {
    if (position < this.#horizon) return undefined;
    for (const copy of this.#copies.values()) {
      const [first] = copy.waiting;
      if (first !== undefined && first.target <= position) return copy;
    }
    return undefined;
  }

  async *#give(
    copy: TableCopy,
    position: Lsn,
  ): AsyncGenerator<ReplicationEvent[]> {
    const place = (): Place => this.#nextPlace(position);
    const events = chunkEvents(copy, this.#options.assembler, {
      place,
      binary: this.#options.reader.binary,
    });
    for await (const { batch, progress, event } of events) {
      if (progress !== null && event !== null) {
        this.progress.track(event, progress);
      }
      yield batch;
    }
    this.#hasGiven = true;
  }

  #nextPlace(lsn: Lsn): Place {
    if (this.#place.lsn !== lsn) this.#place = { lsn, index: 0 };
    return { transaction: null, lsn, index: this.#place.index++ };
  }
}

function begunOf({ table, run }: TableCopy): Begun {
  const { schema, name } = table;
  return { schema, name, run, ...versionOf(table) };
}

function ignore(): void {}
