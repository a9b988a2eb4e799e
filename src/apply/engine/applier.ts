import type { RowEvent } from "../../encode/row_key.ts";
import type { CommitEvent } from "../../events/event.ts";
import { formatLsn, INVALID_LSN } from "../../lsn.ts";
import type {
  CheckpointStore,
  SystemIdentity,
} from "../../preflight/checkpoint.ts";
import type { DeliveredKind } from "../../sink/options/deliverable.ts";
import {
  type Delivery,
  type Destination,
  DestinationError,
  type OpenContext,
  type WriteContext,
  type WriteFailure,
} from "../../sink/options/destination.ts";
import type { BatchOptions } from "../../sink/options/batch_options.ts";
import {
  mergePosition,
  samePosition,
  type StoredPosition,
  toCheckpoint,
} from "./position.ts";
import { type ApplyTarget, RowRefusedError } from "./target.ts";

/**
 * A destination that applies changes to a database: rows and position in one transaction, so
 * that each change takes effect exactly once. `applyToPostgres()` and `applyToSqlite()` create
 * one.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { applyToSqlite } from "@walbrook/walbrook/apply";
 * import { deliver } from "@walbrook/walbrook/sink";
 * import { DatabaseSync } from "node:sqlite";
 *
 * const replica = applyToSqlite(new DatabaseSync("shop.db"));
 * const subscription = await subscribe({
 *   slot: { name: "replica", create: true },
 *   publication: "shop",
 *   acknowledge: "manual",
 *   checkpoint: replica.checkpoint,
 *   snapshot: "initial",
 * });
 * await deliver(subscription, replica).done;
 * ```
 */
export class Applier implements Destination {
  /** Its name in reports and errors. */
  readonly name: string;
  /** It requires whole transactions. */
  readonly order = "transaction" as const;
  /** All events except messages. */
  readonly accepts: readonly DeliveredKind[] = [
    ...["begin", "commit", "insert", "update", "delete", "truncate"] as const,
    ...["relation", "snapshotBegin", "read", "chunk", "snapshotEnd"] as const,
  ];
  /** The number of small transactions in one transaction of the target. */
  readonly batch: BatchOptions;
  /**
   * The position, for the option `checkpoint` of `subscribe()`: the stream then begins at the
   * target's position, even if a crash of the source has set back the slot.
   */
  readonly checkpoint: CheckpointStore = {
    load: () =>
      this.#inTurn(async () => {
        const position = await this.#load();
        return position && toCheckpoint(position);
      }),
    save: (checkpoint) => this.#inTurn(() => this.#save(checkpoint)),
  };
  readonly #target: ApplyTarget;
  #position: StoredPosition | null = null;
  #isOpen = false;
  #isBegun = false;
  // The progress of the initial copy, in the subscription's format.
  #snapshot: unknown = null;
  // The end positions of the transactions in the target's open transaction.
  #end: CommitEvent | null = null;
  // Whether the next transaction has been applied already.
  #isSkipping = false;
  #system: () => SystemIdentity | null = () => null;
  #checkpointAfter: NonNullable<OpenContext["checkpointAfter"]> = () => null;
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * Created by `applyToPostgres()` and `applyToSqlite()`.
   *
   * @param target The database.
   * @param lingerMs How long a batch may wait for more, in milliseconds.
   * @ignore
   */
  constructor(target: ApplyTarget, lingerMs: number) {
    this.#target = target;
    this.batch = { items: 5_000, bytes: 2 ** 23, lingerMs };
    this.name = target.name;
  }

  /**
   * Reads the position.
   *
   * @throws {DestinationError} If it belongs to another cluster.
   */
  async open({ system, checkpointAfter }: OpenContext): Promise<void> {
    this.#system = system;
    this.#checkpointAfter = checkpointAfter ?? (() => null);
    const position = await this.#inTurn(() => this.#load());
    const source = system();
    if (source === null) {
      throw new DestinationError(
        `Cannot apply to ${this.name}: the subscription does not report which cluster it follows`,
        { fatal: true },
      );
    }
    if (position === null || position.systemId === source.systemId) return;
    throw new DestinationError(
      `Cannot apply to ${this.name}: it contains the changes of cluster ${position.systemId} up to ${
        formatLsn(position.lsn)
      }, and these are of cluster ${source.systemId}; apply them under another name`,
      { fatal: true },
    );
  }

  /** Applies a batch. */
  async write(
    batch: readonly Delivery[],
    { attempt }: WriteContext,
  ): Promise<readonly WriteFailure[]> {
    return await this.#inTurn(async () => {
      if (attempt > 0) await this.#giveUp();
      return await this.#apply(batch);
    });
  }

  /** Closes the connection, and rolls back what is not committed. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#giveUp().catch(() => {});
      await this.#target.close();
    });
  }

  // One at a time: a position must not be stored within the open transaction.
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run, run);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #load(): Promise<StoredPosition | null> {
    if (!this.#isOpen) {
      this.#position = await this.#target.open();
      this.#snapshot = this.#position?.snapshot ?? null;
      this.#isOpen = true;
    }
    return this.#position;
  }

  async #save(
    checkpoint: Parameters<CheckpointStore["save"]>[0],
  ): Promise<void> {
    await this.#load();
    // What is stored with a later position is later, too.
    const isLater = checkpoint.lsn >= (this.#position?.lsn ?? INVALID_LSN);
    if (isLater) this.#snapshot = checkpoint.snapshot ?? this.#snapshot;
    // While a transaction is open, its end stores a position of its own.
    if (this.#isBegun) return;
    const after = mergePosition(this.#position, checkpoint);
    if (samePosition(this.#position, after)) return;
    await this.#target.begin();
    await this.#commit(after);
  }

  async #commit(after: StoredPosition): Promise<void> {
    if (!await this.#target.commit(this.#position, after)) {
      this.#isOpen = false;
      throw new DestinationError(
        `Cannot apply to ${this.name} any more: another process has advanced its position; only one process may apply under a name`,
        { fatal: true },
      );
    }
    this.#position = after;
  }

  async #giveUp(): Promise<void> {
    this.#end = null;
    if (!this.#isBegun) return;
    this.#isBegun = false;
    await this.#target.rollback();
  }

  async #begin(): Promise<void> {
    if (this.#isBegun) return;
    await this.#load();
    await this.#target.begin();
    this.#isBegun = true;
  }

  async #apply(batch: readonly Delivery[]): Promise<readonly WriteFailure[]> {
    const progress: Progress = { index: 0, rows: [], places: [] };
    try {
      await this.#applyEvents(batch, progress);
      if (endsWhole(batch)) await this.#finish();
      return [];
    } catch (error) {
      await this.#giveUp().catch(() => {});
      if (error instanceof DestinationError) throw error;
      if (error instanceof RowRefusedError) {
        const index = progress.places[error.index] ?? progress.index;
        return [{ index, error: error.cause, retryable: false }];
      }
      if (!this.#target.isRetryable(error)) {
        return [{ index: progress.index, error, retryable: false }];
      }
      // The next attempt reconnects, and reads the target's position.
      this.#isOpen = false;
      throw error;
    }
  }

  async #applyEvents(
    batch: readonly Delivery[],
    progress: Progress,
  ): Promise<void> {
    for (let i = 0; i < batch.length; i++) {
      const { event } = batch[i]!;
      switch (event.kind) {
        case "insert":
        case "update":
        case "delete":
        case "read":
          if (this.#isSkipping && event.kind !== "read") break;
          progress.rows.push(event);
          progress.places.push(i);
          break;
        case "begin":
          this.#isSkipping = this.#isApplied(event.transaction.commitLsn);
          break;
        case "commit":
          if (!this.#isSkipping) this.#end = event;
          break;
        default:
          await this.#applyRows(progress);
          progress.index = i;
          await this.#applyOther(event);
      }
    }
    await this.#applyRows(progress);
  }

  async #applyRows(progress: Progress): Promise<void> {
    if (progress.rows.length === 0) return;
    progress.index = progress.places[0]!;
    await this.#begin();
    await this.#target.applyRows(progress.rows);
    progress.rows = [];
    progress.places = [];
  }

  async #applyOther(event: Delivery["event"]): Promise<void> {
    switch (event.kind) {
      case "relation":
        if (this.#isSkipping && event.transaction !== null) return;
        await this.#begin();
        return await this.#target.describe(event);
      case "truncate":
        if (this.#isSkipping) return;
        await this.#begin();
        return await this.#target.truncate(event);
      case "snapshotBegin":
        await this.#begin();
        return await this.#target.beginCopy(event);
      case "snapshotEnd":
        await this.#begin();
        return await this.#target.endCopy(event);
    }
  }

  #isApplied(commitLsn: bigint): boolean {
    return this.#position !== null && commitLsn < this.#position.lsn;
  }

  async #finish(): Promise<void> {
    const end = this.#end;
    this.#end = null;
    // Transactions without effect here need no position of their own.
    if (!this.#isBegun) return;
    const { systemId, timeline } = this.#system()!;
    const lsn = end?.endLsn ?? this.#position?.lsn ?? INVALID_LSN;
    // The progress of the copy at that position: rows moved until then must be read again.
    const after = end && this.#checkpointAfter(end);
    const snapshot = this.#snapshot = after?.snapshot ?? this.#snapshot;
    await this.#commit({ lsn, systemId, timeline, snapshot });
    this.#isBegun = false;
  }
}

/** The progress within a batch. */
interface Progress {
  /** The current delivery. */
  index: number;
  /** The row changes to be applied together, and their indexes in the batch. */
  rows: RowEvent[];
  places: number[];
}

function endsWhole(batch: readonly Delivery[]): boolean {
  const event = batch.at(-1)?.event;
  switch (event?.kind) {
    case "commit":
    case "chunk":
    case "snapshotBegin":
    case "snapshotEnd":
      return true;
    case "relation":
      return event.transaction === null;
    default:
      return false;
  }
}
