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
 * A destination that applies changes to a database: rows and position in one transaction of
 * it, so that each change has its effect exactly once.
 */
export class Applier implements Destination {
  /** What reports and errors call it. */
  readonly name: string;
  /** It takes whole transactions. */
  readonly order = "transaction" as const;
  /** All events but messages. */
  readonly accepts: readonly DeliveredKind[] = [
    ...["begin", "commit", "insert", "update", "delete", "truncate"] as const,
    ...["relation", "snapshotBegin", "read", "chunk", "snapshotEnd"] as const,
  ];
  /** As many small transactions as this go into one of the target's. */
  readonly batch: BatchOptions;
  /**
   * The position, for the option `checkpoint` of `subscribe()`: the stream then begins where
   * the target stands, also after a crash of the source has set back the slot.
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
  // How far the initial copy is, as the subscription wants it kept.
  #snapshot: unknown = null;
  // Where the transactions end that the target's transaction holds.
  #end: CommitEvent | null = null;
  // Whether the transaction that comes has been applied already.
  #isSkipping = false;
  #system: () => SystemIdentity | null = () => null;
  #checkpointAfter: NonNullable<OpenContext["checkpointAfter"]> = () => null;
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * Made by `applyToPostgres()` and `applyToSqlite()`.
   *
   * @param target The database.
   * @param lingerMs How long a batch may wait for more.
   * @ignore
   */
  constructor(target: ApplyTarget, lingerMs: number) {
    this.#target = target;
    this.batch = { items: 5_000, bytes: 2 ** 23, lingerMs };
    this.name = target.name;
  }

  /**
   * Finds the position.
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
        `Cannot apply to ${this.name}: the subscription does not tell which cluster it follows`,
        { retryable: false },
      );
    }
    if (position === null || position.systemId === source.systemId) return;
    throw new DestinationError(
      `Cannot apply to ${this.name}: it holds the changes of cluster ${position.systemId} up to ${
        formatLsn(position.lsn)
      }, and these are of cluster ${source.systemId}; apply them under another name`,
      { retryable: false },
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

  /** Ends the connection, and gives up what is not committed. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#giveUp().catch(() => {});
      await this.#target.close();
    });
  }

  // One at a time: a position is not to be kept within the transaction that is open.
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
    // What is kept with a later position is later, too.
    const isLater = checkpoint.lsn >= (this.#position?.lsn ?? INVALID_LSN);
    if (isLater) this.#snapshot = checkpoint.snapshot ?? this.#snapshot;
    // While a transaction is open, its end will bring a position of its own.
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
        `Cannot apply to ${this.name} any more: another process has moved its position on; let only one apply under a name`,
        { retryable: false },
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
      // The next attempt connects anew, and looks where the target stands.
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
    // Transactions that did nothing here need no position of their own.
    if (!this.#isBegun) return;
    const { systemId, timeline } = this.#system()!;
    const lsn = end?.endLsn ?? this.#position?.lsn ?? INVALID_LSN;
    // How far the copy is at that position: what was moved until then is to be read again.
    const after = end && this.#checkpointAfter(end);
    const snapshot = this.#snapshot = after?.snapshot ?? this.#snapshot;
    await this.#commit({ lsn, systemId, timeline, snapshot });
    this.#isBegun = false;
  }
}

/** How far a batch is applied. */
interface Progress {
  /** The delivery at hand. */
  index: number;
  /** The changes of rows that are to be applied together, and their places in the batch. */
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
