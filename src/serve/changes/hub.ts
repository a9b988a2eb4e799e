import { BusyError, type HubFigures, type HubOptions } from "./hub_options.ts";
import type { RelationEvent, ReplicationEvent } from "../../events/event.ts";
import { tableName } from "../../events/table_name.ts";
import { INVALID_LSN, type Lsn } from "../../lsn.ts";
import type { Subscription } from "../../subscription/views/subscription.ts";
import { Channel, channelName, type Watched } from "./channel.ts";
import { Client } from "./client.ts";
import { parseResumeId } from "./resume_id.ts";
import { Ring } from "./ring.ts";
import { TransactionCollector } from "./transaction_collector.ts";
import { isDescribedBy } from "./is_described_by.ts";
import { WatchedTable, type WatchedTableHost } from "./watched_table.ts";

/** How much a copy may have in transit to a client beyond the limit: its chunks. */
const COPY_BYTES = 2 ** 26;

/** How often to check the data waiting for clients, in milliseconds. */
const LOOK_MS = 50;

/** How long copies wait for a client that reads nothing, in milliseconds. */
const COPY_STALL_MS = 5_000;

/** Serves all clients from one subscription. */
export class Hub {
  /** The name of this service: it does not accept positions of another one. */
  readonly service: string = crypto.randomUUID().slice(0, 8);
  readonly #subscription: Subscription;
  readonly #options: HubOptions;
  readonly #ring: Ring;
  readonly #collector: TransactionCollector;
  readonly #tables = new Map<string, Promise<WatchedTable>>();
  readonly #ready = new Map<string, WatchedTable>();
  #position: Lsn = INVALID_LSN;
  #copies = 0;
  #cut = 0;
  #clients = 0;
  #lookedAt = 0;
  #isPaused = false;
  #isOver = false;

  /**
   * @param subscription The source of the changes.
   * @param options The limits.
   */
  constructor(subscription: Subscription, options: HubOptions) {
    this.#subscription = subscription;
    this.#options = options;
    this.#ring = new Ring(options.ring);
    this.#collector = new TransactionCollector(options.transactionBytes);
    this.#position = subscription.progress.confirmed;
    this.#ring.begin(this.#position);
  }

  /** Statistics. */
  get figures(): HubFigures {
    let queuedBytes = 0;
    const channels = new Set<Channel>();
    for (const { channel, queue } of this.#all()) {
      queuedBytes += queue.bytes;
      channels.add(channel);
    }
    return {
      ...{ clients: this.#clients, channels: channels.size, queuedBytes },
      ...{ cut: this.#cut, copies: this.#copies, ringBytes: this.#ring.bytes },
    };
  }

  /**
   * Looks up a table.
   *
   * @throws {TypeError} If it is not published, or has no key.
   */
  async table(name: string): Promise<WatchedTable> {
    let looking = this.#tables.get(name);
    if (looking === undefined) {
      looking = this.#open(name);
      this.#tables.set(name, looking);
      // The table may be published later.
      looking.catch(() => this.#tables.delete(name));
    }
    return await looking;
  }

  /**
   * Adds a client.
   *
   * @param watched What it watches.
   * @param lastEventId Its `Last-Event-ID`; `null` for none.
   * @throws {BusyError} If there are too many.
   * @throws {TypeError} If the table can't be watched.
   */
  async connect(watched: Watched, lastEventId: string | null): Promise<Client> {
    const { maxClients, maxWaiting } = this.#options;
    const table = await this.table(watched.table);
    if (this.#isOver) throw new BusyError("The service ends");
    const name = channelName(watched);
    const channel = table.find(name) ??
      new Channel(watched, table.description, this.service);
    if (this.#clients >= maxClients) {
      throw new BusyError(`Cannot serve more than ${maxClients} clients`);
    }
    const point = lastEventId === null ? null : parseResumeId(lastEventId);
    const isOurs = point?.service === this.service &&
      point.channel === channel.hash;
    const since = isOurs ? this.#ring.since(watched.table, point.lsn) : null;
    if (since === null && table.waiting >= maxWaiting) {
      throw new BusyError(
        `Cannot queue more than ${maxWaiting} requests that wait for their rows`,
      );
    }
    const client = new Client(channel, {
      onEnd: () => {
        this.#clients--;
        table.remove(client);
      },
      onTake: () => this.#isPaused ? this.#pace() : undefined,
    });
    this.#clients++;
    if (since !== null) table.resume(client, since);
    else {
      client.reason = lastEventId === null ? "start" : "tooOld";
      table.add(client);
    }
    return client;
  }

  /**
   * Processes events of the subscription.
   *
   * @returns The events to pass on: all except those of copies for clients.
   */
  take(events: readonly ReplicationEvent[]): readonly ReplicationEvent[] {
    let own = 0;
    const rest = events.filter((event) => {
      const isOwn = this.#takeOne(event);
      own += Number(isOwn);
      return !isOwn;
    });
    const now = performance.now();
    if (now - this.#lookedAt > LOOK_MS) {
      this.#lookedAt = now;
      this.#look();
    }
    return own === 0 ? events : rest;
  }

  /** Keeps connections open. Call it every few seconds. */
  keepAlive(): void {
    this.#ring.trim(performance.now());
    this.#look();
    for (const table of this.#ready.values()) table.keepAlive(this.#position);
  }

  /** Disconnects clients that read nothing. Call it every second. */
  check(): void {
    this.#look();
    for (const table of this.#ready.values()) table.proceed();
  }

  /** Ends all responses. */
  close(): void {
    this.#isOver = true;
    for (const { queue } of [...this.#all()]) queue.end();
  }

  #takeOne(event: ReplicationEvent): boolean {
    switch (event.kind) {
      case "snapshotBegin":
      case "read":
      case "chunk":
      case "snapshotEnd": {
        const table = this.#ready.get(event.table);
        if (event.lsn > this.#position) this.#position = event.lsn;
        const isOwn = table?.takeCopyEvent(event) ?? false;
        // The end of another caller's copy, for which a table may be waiting.
        if (!isOwn && event.kind === "chunk") {
          queueMicrotask(() => table?.proceed());
        }
        if (isOwn && event.kind === "chunk") this.#acknowledge(event);
        return isOwn;
      }
      case "relation":
        this.#takeRelation(event);
        return false;
      case "gap":
        this.#collector.reset();
        this.#startOver("gap", this.#ready.values());
        this.#ring.clear(event.to ?? this.#position);
        return false;
      default:
        this.#takeChange(event);
        return false;
    }
  }

  #takeChange(event: ReplicationEvent): void {
    const collected = this.#collector.push(event);
    if (collected === null) return;
    if (collected.kind === "tooLarge") {
      this.#position = collected.endLsn;
      for (const name of collected.tables) {
        this.#ring.invalidate(name, collected.endLsn);
        this.#ready.get(name)?.startOver("unclear");
      }
      return;
    }
    const { transaction } = collected;
    this.#position = transaction.endLsn;
    if (transaction.tables.size === 0) return;
    this.#ring.push(transaction, performance.now());
    for (const name of transaction.tables.keys()) {
      this.#ready.get(name)?.deliver(transaction);
    }
  }

  #takeRelation({ table: name, relation, previous }: RelationEvent): void {
    // The table may have had another name.
    const before = previous === null ? name : tableName(previous);
    for (const table of [...this.#ready.values()]) {
      const isSame = table.name === name && before === name &&
        isDescribedBy(relation, table.description);
      if (isSame || (table.name !== name && table.name !== before)) continue;
      this.#ring.invalidate(table.name, this.#ahead());
      table.redefine().catch(this.#options.onProblem);
    }
  }

  // The current transaction ends after all positions that clients know.
  #ahead(): Lsn {
    return this.#position + 1n as Lsn;
  }

  #startOver(
    reason: "gap",
    tables: Iterable<WatchedTable>,
  ): void {
    for (const table of tables) table.startOver(reason);
  }

  async #open(name: string): Promise<WatchedTable> {
    const description = await this.#subscription.describeTable(name);
    if (description.key === null) {
      throw new TypeError(
        `Cannot watch table ${name}: it has no key, so its rows can't be identified; add a primary key, or a unique index of columns that are NOT NULL`,
      );
    }
    const table = new WatchedTable(description, this.#host());
    this.#ready.set(name, table);
    return table;
  }

  #host(): WatchedTableHost {
    const { onProblem } = this.#options;
    return {
      onProblem,
      copy: async (table, where) => {
        this.#copies++;
        await this.#subscription.snapshot(
          table,
          where === null ? {} : { where },
        );
        return this.#subscription.snapshots.some((one) =>
          one.table === table && one.state === "aborted"
        );
      },
      describe: (table) => this.#subscription.describeTable(table),
      isCopied: (name) =>
        this.#subscription.snapshots.some(({ table, state }) =>
          table === name && (state === "copying" || state === "queued")
        ),
    };
  }

  #acknowledge(
    event: Extract<ReplicationEvent, { readonly kind: "chunk" }>,
  ): void {
    if (this.#subscription.acknowledgement === "manual") {
      this.#subscription.acknowledge(event);
    }
  }

  // A client that reads too slowly is disconnected, and reconnects if it can.
  #look(): void {
    const { clientBytes, stallMs } = this.#options;
    const now = performance.now();
    for (const { state, queue } of this.#all()) {
      const isCopying = state === "copying";
      const limit = isCopying ? clientBytes + COPY_BYTES : clientBytes;
      // No copy waits long for a client that reads nothing.
      const patience = isCopying && this.#isPaused
        ? Math.min(stallMs, COPY_STALL_MS)
        : stallMs;
      const isSlow = queue.bytes > limit || queue.stalledMs(now) > patience;
      if (!isSlow) continue;
      this.#cut++;
      queue.cut();
    }
    this.#pace();
  }

  // Copies wait for the slowest client that receives their rows; changes do not.
  #pace(): void {
    const { clientBytes } = this.#options;
    let most = 0;
    for (const { state, queue } of this.#all()) {
      if (state === "copying") most = Math.max(most, queue.bytes);
    }
    const paused = most > (this.#isPaused ? clientBytes / 2 : clientBytes);
    if (paused === this.#isPaused) return;
    this.#isPaused = paused;
    this.#subscription.paceSnapshot({ paused }).catch(this.#options.onProblem);
  }

  *#all(): Iterable<Client> {
    for (const table of this.#ready.values()) yield* table.all();
  }
}
