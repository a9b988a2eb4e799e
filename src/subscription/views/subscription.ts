import type { Checkpoint, SystemIdentity } from "../../preflight/checkpoint.ts";
import type {
  AcknowledgeableEvent,
  ReplicationEvent,
} from "../../events/event.ts";
import { EventStream } from "./event_stream.ts";
import type {
  SnapshotPace,
  SnapshotProgress,
} from "../../snapshot/progress/snapshot_progress.ts";
import type { TableDescription } from "../../snapshot/table_description.ts";
import type { SubscriptionStatus } from "./status.ts";
import type { SubscriptionProgress } from "../progress/subscription_progress.ts";
import type { SlotState } from "../progress/slot_state.ts";
import type { SubscriptionCounts } from "../progress/tally.ts";
import type { SubscriptionSource } from "./subscription_source.ts";
import type { TransactionsOptions, WholeTransaction } from "./transaction.ts";
import { acknowledgedBy } from "../../events/acknowledged_by.ts";
import { EventIterator } from "./event_iterator.ts";
import { streamOf } from "./lazy_stream.ts";

/**
 * A running subscription: a stream of events, which can be read in one of four ways.
 *
 * - `for await (const event of subscription)`: the simplest, and the one that best tracks
 *   what has been consumed;
 * - {@linkcode Subscription.readable}: to pipe events through other streams;
 * - {@linkcode Subscription.transactions}: one transaction at a time;
 * - {@linkcode Subscription.batches}: the fastest.
 *
 * Like the body of a `Response`, it can be read in only one of these ways: the first one
 * used. Created by {@linkcode subscribe}.
 *
 * @typeParam Event The events: `EventOf<Tables>` if the program knows its tables. This type
 * exists only at compile time.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 *
 * await using subscription = await subscribe({
 *   connection: "postgres://app@localhost/shop",
 *   slot: "search_indexer",
 *   publication: "shop",
 *   acknowledge: "manual",
 * });
 * for await (const unit of subscription.transactions()) {
 *   console.log(unit.transaction?.xid, unit.changes.length);
 *   unit.acknowledge();
 * }
 * ```
 *
 * @category Subscribe
 */
export class Subscription<Event = ReplicationEvent>
  implements AsyncIterable<Event> {
  // The types of known tables exist only at compile time, hence the casts below.
  readonly #source: SubscriptionSource;
  #view: View | null = null;
  #readable: ReadableStream<Event> | undefined;
  #batches: ReadableStream<readonly Event[]> | undefined;

  /**
   * Created by {@linkcode subscribe}.
   *
   * @param source The source of the events.
   * @ignore
   */
  constructor(source: SubscriptionSource) {
    this.#source = source;
  }

  /** The positions and the lag of the subscription. */
  get progress(): SubscriptionProgress {
    return this.#source.progress();
  }

  /** What was counted since the subscription began, over all its connections. */
  get counts(): SubscriptionCounts {
    return this.#source.counts();
  }

  /**
   * The state of the slot, as of the last query; `null` before the first answer, without the
   * option `slotGuard`, and if the slot is missing.
   */
  get slotState(): SlotState | null {
    return this.#source.slotState();
  }

  /** Every ParameterStatus that the server sent at login, for example `server_version`. */
  get parameters(): ReadonlyMap<string, string> {
    return this.#source.parameters;
  }

  /**
   * The walsender's process id: `pg_stat_replication.pid`. While there is no connection, that
   * of the last one.
   */
  get processId(): number {
    return this.#source.processId;
  }

  /**
   * The identity of the server, which a {@linkcode Checkpoint} stores next to the position.
   */
  get system(): SystemIdentity {
    return this.#source.system;
  }

  /** The current state: streaming, reconnecting or closed. */
  get status(): SubscriptionStatus {
    return this.#source.status();
  }

  /** When a transaction counts as processed: the option `acknowledge`. */
  get acknowledgement(): "consumed" | "manual" {
    return this.#source.mode;
  }

  /**
   * The events, one at a time. Nothing is read ahead: a transaction counts as consumed when
   * the event after its `commit` is requested. A pipe requests events early to fill its
   * queues; behind a pipe, acknowledge manually.
   *
   * Cancelling it closes the subscription. A read rejects with a `TypeError` if the events
   * are already read in another way.
   */
  get readable(): ReadableStream<Event> {
    this.#readable ??= new EventStream(
      this.#source,
      this.#claim("readable"),
    ) as unknown as ReadableStream<Event>;
    return this.#readable;
  }

  /**
   * The events, in the batches in which they arrive; a batch has at least one. A transaction
   * counts as consumed when the batch after its `commit` is requested.
   *
   * Cancelling it closes the subscription. A read rejects with a `TypeError` if the events
   * are already read in another way.
   */
  get batches(): ReadableStream<readonly Event[]> {
    this.#batches ??= streamOf(
      this.#source,
      this.#claim("batches"),
      ({ pullBatches }) => pullBatches(this.#source),
    ) as unknown as ReadableStream<readonly Event[]>;
    return this.#batches;
  }

  /**
   * The events, gathered into whole transactions. A transaction counts as consumed when the
   * next one is requested. Transactions are held in memory, so their size is limited: a
   * larger one ends the stream with a `RangeError`.
   *
   * Cancelling it closes the subscription. A read rejects with a `TypeError` if the events
   * are already read in another way.
   *
   * @param options The limits; by default 100,000 changes and 256 MiB.
   * @returns The transactions, in commit order.
   */
  transactions(
    options: TransactionsOptions = {},
  ): ReadableStream<WholeTransaction<Event>> {
    const acknowledge = (event: AcknowledgeableEvent) =>
      this.acknowledge(event);
    return streamOf(
      this.#source,
      this.#claim("transactions"),
      ({ pullTransactions }) =>
        pullTransactions(this.#source, { ...options, acknowledge }),
    ) as unknown as ReadableStream<WholeTransaction<Event>>;
  }

  /**
   * Marks a transaction as processed, so that the server may discard it. Transactions can be
   * acknowledged in any order: the position below which all are processed is reported.
   *
   * A message outside of a transaction needs no acknowledgement, unless the subscription has
   * `acknowledgeMessages: true`.
   *
   * @param event The transaction's `commit` or `prepare`, or an event outside of any
   * transaction.
   * @throws {TypeError} If it is another event, or if the subscription does not have
   * `acknowledge: "manual"`.
   */
  acknowledge(event: AcknowledgeableEvent): void {
    if (this.#source.mode !== "manual") {
      throw new TypeError(
        'Cannot acknowledge an event: the subscription does so automatically; subscribe with acknowledge: "manual"',
      );
    }
    const unit = acknowledgedBy(event);
    if (unit === null) throw noUnit("acknowledge", event);
    this.#source.acknowledge(unit);
  }

  /**
   * Creates the checkpoint to store once everything is processed up to the end of a
   * transaction or of a chunk: its position, and how far the copies of tables are at that
   * point. It is for consumers that write it in one database transaction with their data;
   * others leave that to the option `checkpoint`.
   *
   * Create it while the transaction or chunk is being processed, before the next one.
   *
   * @param unit The transaction's `commit` or `prepare`, a `chunk`, or another event outside
   * of transactions; or what {@linkcode Subscription.transactions} delivers.
   * @returns The checkpoint, for example for `formatCheckpoint()` of
   * `@walbrook/walbrook/checkpoint`.
   * @throws {TypeError} If it is another event.
   */
  checkpointAfter(unit: AcknowledgeableEvent | WholeTransaction): Checkpoint {
    const end = "changes" in unit
      ? unit.chunk ?? unit.endLsn
      : acknowledgedBy(unit);
    if (end === null) throw noUnit("keep the position after", unit);
    return this.#source.checkpointAfter(end);
  }

  /**
   * Copies tables while changes are delivered, for the first time or again, like the option
   * `snapshot`: their rows come as `read` events between two transactions. Keep reading
   * events in the meantime.
   *
   * @param tables Their names, as in `event.table`; `undefined` for all tables that the
   * option `snapshot` names, or that are published.
   * @param options `where`: an SQL condition for the rows to copy. Names without a schema are
   * looked up in `pg_catalog` only.
   * @returns Settles with the last `snapshotEnd`; rejects if the subscription ends before.
   * @throws {TypeError} If a table is not published, or the subscription can't copy tables:
   * with `twoPhase`, or another `plugin`.
   * @throws {SubscriptionError} If the role may not read all rows of a table.
   */
  async snapshot(
    tables?: string | readonly string[],
    options: { readonly where?: string } = {},
  ): Promise<void> {
    const copier = await this.#source.copy();
    await copier.request(namesOf(tables), options.where);
  }

  /**
   * Looks up a published table in the catalog, as it is now: its columns, their types, and the
   * key by which {@linkcode Subscription.snapshot} copies it.
   *
   * @param name Its name, as in `event.table`.
   * @returns The description.
   * @throws {TypeError} If no table of that name is published, or the subscription can't copy
   * tables.
   * @throws {SubscriptionError} If the role may not read all rows of the table.
   */
  async describeTable(name: string): Promise<TableDescription> {
    return await (await this.#source.copy()).describe(name);
  }

  /** The progress of the copies of tables, including finished ones. */
  get snapshots(): readonly SnapshotProgress[] {
    return this.#source.snapshots();
  }

  /**
   * Sets how fast tables are copied, or pauses their copies. Changes are still delivered.
   *
   * @param pace The settings to change.
   * @throws {RangeError} If `idle` is not from 0 to 0.9.
   * @throws {TypeError} If the subscription can't copy tables.
   */
  async paceSnapshot(pace: SnapshotPace): Promise<void> {
    (await this.#source.copy()).pace(pace);
  }

  /**
   * Ends copies early, each with a `snapshotEnd` that says so. The tables then count as
   * copied, and are not copied at the next start.
   *
   * @param tables Their names, as in `event.table`; `undefined` for all that are being
   * copied.
   * @throws {TypeError} If the subscription can't copy tables.
   */
  async cancelSnapshot(tables?: string | readonly string[]): Promise<void> {
    (await this.#source.copy()).cancel(namesOf(tables));
  }

  /**
   * Returns an iterator over the events; see {@linkcode Subscription.readable}.
   *
   * @throws {TypeError} If the events are already read in another way.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Event> {
    this.#claim("for await")();
    return new EventIterator(
      this.#source,
    ) as unknown as AsyncIterableIterator<Event>;
  }

  /**
   * Ends the subscription: reports the confirmed position, ends the stream and closes the
   * connection, within a few seconds whatever the server does. Pending reads get the end of
   * the stream. Safe to call repeatedly. Later acknowledgements are not reported.
   *
   * A stream that has reached `until` closes automatically once everything is acknowledged.
   */
  async close(): Promise<void> {
    await this.#source.close();
  }

  /** Closes the subscription: {@linkcode Subscription.close} for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // Reserves the events for one view, from the time of the call.
  #claim(name: string): () => void {
    const view: View = { name };
    return () => {
      this.#view ??= view;
      if (this.#view === view) return;
      throw new TypeError(
        `Cannot read the events as "${name}": they are already read as "${this.#view.name}"; create a second subscription with its own slot`,
      );
    };
  }
}

/** One of the ways to read the events. */
interface View {
  readonly name: string;
}

function noUnit(what: string, event: unknown): TypeError {
  const { kind } = (event ?? {}) as Partial<ReplicationEvent>;
  return new TypeError(
    `Cannot ${what} ${
      kind === "message"
        ? "a message within a transaction"
        : `an event of kind "${kind}"`
    }: transactions are acknowledged as a whole, by their "commit" event`,
  );
}

function namesOf(
  tables: string | readonly string[] | undefined,
): readonly string[] | null {
  return typeof tables === "string" ? [tables] : tables ?? null;
}
