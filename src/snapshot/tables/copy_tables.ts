import type { SnapshotReason } from "../../events/snapshot_event.ts";
import { tableName } from "../../events/table_name.ts";
import type { Lsn } from "../../lsn.ts";
import type { AbortReason } from "../progress/abort_reason.ts";
import type { CopyProgress } from "../progress/copy_progress.ts";
import type { Begun } from "../progress/durable_copies.ts";
import { planCopy } from "../progress/plan_copy.ts";
import type { PublishedTable } from "../read/published_table.ts";
import type { SnapshotProgress } from "../progress/snapshot_progress.ts";
import { type TableProgress, versionOf } from "../progress/snapshot_state.ts";
import type { TransactionSnapshot } from "../reconcile/visibility.ts";
import { TableCopy } from "./table_copy.ts";

/** Which tables to copy, and how. */
export interface CopyTablesOptions {
  /** Whether to copy tables that have been copied before. */
  readonly always: boolean;
  /** Whether to copy all tables as a whole, before their changes. */
  readonly first: boolean;
  /** SQL conditions by the tables' names; `null` for all tables, without conditions. */
  readonly chosen: ReadonlyMap<string, string | null> | null;
  /** Converts a key to text values for SQL; `null` if that is not possible. */
  readonly textsOf: (
    table: PublishedTable,
    key: string,
  ) => readonly string[] | null;
  /** Called when something can be read or emitted that could not be before. */
  readonly onChange: () => void;
  /** Called with the progress after every step. */
  readonly onProgress: (progress: SnapshotProgress) => void;
}

/** The tables that are to be copied, are being copied, or have been copied. */
export class CopyTables {
  readonly #options: CopyTablesOptions;
  readonly #account: CopyProgress;
  // The copies to which changes matter: being copied, or to be resumed.
  readonly #active = new Map<number, TableCopy>();
  #queue: TableCopy[] = [];
  readonly #ended = new Map<number, SnapshotProgress>();
  #lastRun = 0;

  /**
   * @param account What has been copied.
   * @param options Which tables to copy, and how.
   */
  constructor(account: CopyProgress, options: CopyTablesOptions) {
    this.#account = account;
    this.#options = options;
  }

  /** The copies to which changes matter. */
  get active(): ReadonlyMap<number, TableCopy> {
    return this.#active;
  }

  /** Whether nothing is left to copy. */
  get isComplete(): boolean {
    return this.#queue.length === 0 && this.#active.size === 0;
  }

  /** The number of tables that are waiting to be read. */
  get queueLength(): number {
    return this.#queue.length;
  }

  /** All unfinished copies. */
  get running(): readonly TableCopy[] {
    return [...new Set([...this.#active.values(), ...this.#queue])];
  }

  /** The progress of all copies. */
  get progress(): readonly SnapshotProgress[] {
    const running = this.running.map(({ progress }) => progress);
    return [...this.#ended.values(), ...running];
  }

  /** The names of the tables to copy; `null` for all. */
  get chosenNames(): readonly string[] | null {
    const { chosen } = this.#options;
    return chosen && [...chosen.keys()];
  }

  /** Whether a table is to be copied. */
  isChosen(table: PublishedTable): boolean {
    const { chosen } = this.#options;
    return chosen === null || chosen.has(tableName(table));
  }

  /**
   * Updates the list of published tables: new ones are copied, and missing ones are removed.
   *
   * @param tables All published tables.
   * @param reason Why new tables are copied, if not by default.
   */
  discover(
    tables: readonly PublishedTable[],
    reason: SnapshotReason | null = null,
  ): void {
    const { always, first } = this.#options;
    const published = new Set(tables.map(({ oid }) => oid));
    this.#account.keepOnly(published);
    for (const oid of this.#ended.keys()) {
      if (!published.has(oid)) this.#ended.delete(oid);
    }
    for (const table of tables.filter((table) => this.isChosen(table))) {
      if (this.#find(table.oid) !== null) continue;
      const isCopied = this.#ended.get(table.oid)?.state === "done";
      if (always && isCopied) continue;
      const isWhole = first || table.key === null;
      const plan = planCopy(table, this.#account, { always, isWhole });
      if (plan === null) continue;
      const copy = this.#newCopy(table, plan.progress, reason ?? plan.reason);
      this.#queue.push(copy);
      // Rows moved since then must be noticed from the first change on. Nothing of a table
      // that is copied as a whole may be delivered before its copy.
      if (plan.progress !== null) {
        this.#active.set(table.oid, copy);
        this.#account.redefine(table.oid, begunOf(copy));
      } else if (copy.isWhole) this.#activate(copy);
    }
    // Their changes are removed until they are copied.
    this.#queue.sort((a, b) => Number(b.isWhole) - Number(a.isWhole));
  }

  /** Copies a table, even if it was copied before. */
  request(
    table: PublishedTable,
    reason: SnapshotReason,
    where?: string,
  ): TableCopy {
    let running = this.#active.get(table.oid);
    // All of it has been emitted, but its reader has not noticed yet.
    if (running !== undefined && running.end !== null) {
      this.finish(running);
      running = undefined;
    }
    const found = this.#find(table.oid);
    if (running === undefined && found !== null) {
      found.reason = reason;
      if (where !== undefined) found.where = where;
      return found;
    }
    if (running !== undefined) {
      if (where !== undefined) running.where = where;
      this.restart(running, table, reason, false);
      return running;
    }
    const copy = this.#newCopy(table, null, reason);
    if (where !== undefined) copy.where = where;
    this.#account.drop(table.oid);
    this.#ended.delete(table.oid);
    this.#queue.push(copy);
    if (copy.isWhole) this.#activate(copy);
    return copy;
  }

  /** Takes the next table to read. */
  next(): TableCopy | null {
    const copy = this.#queue.shift() ?? null;
    if (copy === null) return null;
    const { oid } = copy.table;
    if (!this.#active.has(oid)) this.#activate(copy);
    return copy;
  }

  /**
   * Takes several tables that seem to be empty, to be read together; none if there is only one.
   *
   * @param most The maximum number of tables.
   */
  nextEmpty(most: number): readonly TableCopy[] {
    // Changes of a table that is copied as a whole are held up until it is copied.
    if (this.#queue[0]?.isWhole === true) return [];
    const found = this.#queue.filter(({ seemsEmpty }) => seemsEmpty)
      .slice(0, most);
    if (found.length < 2) return [];
    const taken = new Set(found);
    this.#queue = this.#queue.filter((copy) => !taken.has(copy));
    for (const copy of found) {
      if (!this.#active.has(copy.table.oid)) this.#activate(copy);
    }
    return found;
  }

  /** Puts back tables that are to be read one by one. */
  putBack(copies: readonly TableCopy[]): void {
    this.#queue.unshift(...copies);
    for (const copy of copies) {
      copy.wait = null;
      this.tell(copy);
    }
  }

  /**
   * Discards the changes of queued tables that a snapshot sees, so that they take no memory: the
   * rows of these tables are read later, in a newer snapshot.
   */
  see(snapshot: TransactionSnapshot): void {
    for (const copy of this.#queue) {
      if (this.#active.get(copy.table.oid) === copy) copy.see(snapshot);
    }
  }

  #activate(copy: TableCopy): void {
    const { oid } = copy.table;
    this.#active.set(oid, copy);
    this.#account.begin(oid, begunOf(copy));
  }

  /** Records that a table was read to its end and everything was emitted. */
  finish(copy: TableCopy): void {
    const { oid } = copy.table;
    const active = this.#active.get(oid);
    // It was finished before, and the table is being copied again.
    if (active !== undefined && active !== copy) return;
    this.#active.delete(oid);
    this.#ended.set(oid, copy.progress);
    if (this.isComplete) this.#account.initialize();
    this.tell(copy);
  }

  /** Restarts a copy, because the copied rows are useless. */
  restart(
    copy: TableCopy,
    table: PublishedTable,
    reason: SnapshotReason,
    isLogged: boolean,
  ): void {
    copy.table = table;
    copy.isWhole = this.#options.first || table.key === null;
    copy.restart(reason, this.newRun(), isLogged);
    this.#account.begin(table.oid, begunOf(copy));
    this.tell(copy);
    this.#options.onChange();
  }

  /** Continues with a changed definition of the table. */
  redefine(copy: TableCopy, table: PublishedTable): void {
    copy.table = table;
    copy.discard();
    this.#account.redefine(table.oid, begunOf(copy));
  }

  /** Ends a copy. */
  abort(copy: TableCopy, why: AbortReason): void {
    const { oid } = copy.table;
    copy.abort(why);
    // If it is not in the queue, it is being read, and its reader ends it.
    const isQueued = this.#queue.includes(copy);
    this.#queue = this.#queue.filter((one) => one !== copy);
    if (why === "cancelled") this.#account.skip(oid);
    else this.#account.drop(oid);
    if (copy.end !== null && isQueued) this.finish(copy);
    this.#options.onChange();
  }

  /** Restarts all copies, because changes are lost. */
  gap(): void {
    this.#account.reset();
    this.#ended.clear();
    for (const copy of this.#active.values()) {
      this.restart(copy, copy.table, "gap", false);
    }
  }

  /** Processes a delivered transaction, and its effects on the copies. */
  commit(xid: number, endLsn: Lsn, isNew: boolean): void {
    for (const [oid, copy] of this.#active) {
      const { moved, isTruncated, isUnclear } = copy.commit(xid, endLsn);
      // Transactions that a new connection sends again are already taken into account.
      if (!isNew) continue;
      if (isTruncated) this.restart(copy, copy.table, "truncated", true);
      if (moved.length > 0) this.#account.move(endLsn, oid, copy.run, moved);
      if (!copy.move(moved) || isUnclear) {
        this.restart(copy, copy.table, "rewritten", false);
      }
    }
  }

  /** Reports the progress of a copy. */
  tell(copy: TableCopy): void {
    this.#options.onProgress(copy.progress);
  }

  /** Returns a number greater than those of all earlier copies, known or not. */
  newRun(): number {
    this.#lastRun = Math.max(Date.now(), this.#lastRun + 1);
    return this.#lastRun;
  }

  #find(oid: number): TableCopy | null {
    return this.#active.get(oid) ??
      this.#queue.find(({ table }) => table.oid === oid) ?? null;
  }

  #newCopy(
    table: PublishedTable,
    progress: TableProgress | null,
    reason: SnapshotReason,
  ): TableCopy {
    const run = progress?.run ?? this.newRun();
    this.#lastRun = Math.max(this.#lastRun, run);
    // A resumed copy keeps the condition with which it started.
    const where = progress?.where !== undefined
      ? progress.where
      : this.#options.chosen?.get(tableName(table)) ?? null;
    const isWhole = this.#options.first || table.key === null;
    const { textsOf } = this.#options;
    const how = { reason, run, where, progress, isWhole, textsOf };
    return new TableCopy(table, how);
  }
}

function begunOf({ table, run, where }: TableCopy): Begun {
  const { schema, name } = table;
  return { schema, name, run, where, ...versionOf(table) };
}
