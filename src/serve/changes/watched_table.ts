import type { ReplicationEvent } from "../../events/event.ts";
import type { Row } from "../../events/relation.ts";
import type { SnapshotEndEvent } from "../../events/snapshot_event.ts";
import type { Lsn } from "../../lsn.ts";
import type { TableDescription } from "../../snapshot/table_description.ts";
import type { Channel } from "./channel.ts";
import type { Client, ResetReason } from "./client.ts";
import { copyCondition, distinctKeys } from "./copy_condition.ts";
import type { KeptTransaction } from "./ring.ts";
import { idLine, keepalive } from "./server_sent.ts";
import { SharedCopy } from "./shared_copy.ts";

/** The services that a {@linkcode WatchedTable} uses. */
export interface WatchedTableHost {
  /**
   * Copies a table. Settles when the copy has ended, before or after the stream delivers its
   * end; returns whether it was aborted.
   */
  readonly copy: (table: string, where: string | null) => Promise<boolean>;
  /** Looks up a table. */
  readonly describe: (table: string) => Promise<TableDescription>;
  /** Returns whether another caller copies the table. */
  readonly isCopied: (table: string) => boolean;
  /** Called with errors outside of the stream. */
  readonly onProblem: (error: unknown) => void;
}

/** The maximum number of rows to read again by key; beyond it, all rows are read. */
const MOST_MISSING = 1_000;

/** A table that clients watch: its channels, and the copies that they share. */
export class WatchedTable {
  /** Its name. */
  readonly name: string;
  readonly #host: WatchedTableHost;
  readonly #channels = new Map<Channel, Set<Client>>();
  #description: TableDescription;
  #copy: SharedCopy | null = null;
  #isAsking = false;
  readonly #missing = new Map<Channel, Row[]>();

  /**
   * @param description The table.
   * @param host The services.
   */
  constructor(description: TableDescription, host: WatchedTableHost) {
    this.name = description.table;
    this.#description = description;
    this.#host = host;
  }

  /** The table, as last looked up. */
  get description(): TableDescription {
    return this.#description;
  }

  /** The number of clients that watch it. */
  get clients(): number {
    let count = 0;
    for (const clients of this.#channels.values()) count += clients.size;
    return count;
  }

  /** Whether a copy for its clients is running, or about to: its rows are only for them. */
  get isCopying(): boolean {
    return this.#copy !== null;
  }

  /** The number of clients that wait for rows, by channel. */
  get waiting(): number {
    let count = 0;
    for (const clients of this.#channels.values()) {
      count += Number([...clients].some(({ state }) => state === "waiting"));
    }
    return count;
  }

  /** Finds a channel by name. */
  find(name: string): Channel | null {
    for (const channel of this.#channels.keys()) {
      if (channel.name === name) return channel;
    }
    return null;
  }

  /** Adds a client, which waits for a copy unless it is live already. */
  add(client: Client): void {
    const clients = this.#channels.get(client.channel);
    if (clients === undefined) {
      this.#channels.set(client.channel, new Set([client]));
    } else clients.add(client);
    this.proceed();
  }

  /** Removes a client. */
  remove(client: Client): void {
    const clients = this.#channels.get(client.channel);
    clients?.delete(client);
    if (clients?.size === 0) {
      this.#channels.delete(client.channel);
      this.#missing.delete(client.channel);
    }
  }

  /** Makes all clients start over. */
  startOver(reason: ResetReason): void {
    for (const client of this.all()) this.#await(client, reason);
    this.#missing.clear();
    this.proceed();
  }

  /** Sends the changes of a transaction to the clients that see them. */
  deliver(transaction: KeptTransaction): void {
    for (const [channel, clients] of this.#channels) {
      if ([...clients].every(({ state }) => state === "waiting")) continue;
      this.#deliverTo(channel, clients, transaction);
    }
    if (this.#missing.size > 0) this.proceed();
  }

  #deliverTo(
    channel: Channel,
    clients: ReadonlySet<Client>,
    transaction: KeptTransaction,
  ): void {
    const changes = this.#attempt(channel, () => channel.changes(transaction));
    if (changes === undefined) return;
    if (changes === null) {
      for (const client of clients) this.#await(client, "unclear");
      return this.proceed();
    }
    const { bytes, incomplete } = changes;
    if (incomplete.length > 0) {
      const missing = this.#missing.get(channel) ?? [];
      this.#missing.set(channel, [...missing, ...incomplete]);
    }
    if (bytes === null) return;
    const id = this.#isIncomplete(channel)
      ? null
      : idLine(channel.idOf(transaction.endLsn));
    for (const { state, queue } of clients) {
      if (state === "waiting") continue;
      // Only clients with all rows can continue from here.
      if (state === "live" && id !== null) queue.push(id);
      queue.push(bytes);
    }
  }

  /** Lets a client continue after its position, with what happened since. */
  resume(client: Client, transactions: readonly KeptTransaction[]): void {
    client.state = "live";
    this.add(client);
    const clients = new Set([client]);
    for (const transaction of transactions) {
      this.#deliverTo(client.channel, clients, transaction);
    }
    this.proceed();
  }

  /** Keeps connections open, and sends each client its position. */
  keepAlive(lsn: Lsn): void {
    for (const [channel, clients] of this.#channels) {
      const isBehind = this.#isIncomplete(channel);
      const live = keepalive(isBehind ? null : channel.idOf(lsn));
      const others = keepalive(null);
      for (const { state, queue } of clients) {
        // A client that reads nothing needs no more data.
        if (queue.bytes > 0) continue;
        queue.push(state === "live" ? live : others);
      }
    }
  }

  // A client that disconnects now must return to a position before the incomplete rows.
  #isIncomplete(channel: Channel): boolean {
    return this.#missing.has(channel) ||
      (this.#copy?.repairs(channel) ?? false);
  }

  /** Processes an event of a copy; returns whether the copy is for its clients. */
  takeCopyEvent(event: ReplicationEvent): boolean {
    const copy = this.#copy;
    if (copy === null) return false;
    switch (event.kind) {
      case "snapshotBegin":
        // If it starts again, the rows already sent are still kept up to date.
        copy.discard();
        copy.isBegun = true;
        return true;
      case "read":
        this.#attemptRead(copy, event);
        return true;
      case "chunk":
        copy.flush();
        // The last event of a copy.
        if (copy.isEnded) this.#over(copy);
        return true;
      case "snapshotEnd":
        copy.flush();
        copy.isEnded = true;
        this.#end(copy, event);
        return true;
      default:
        return false;
    }
  }

  /** Requests missing rows, if no copy is running. */
  proceed(): void {
    if (this.#copy !== null || this.#isAsking) return;
    const waiting = new Set(
      [...this.all()].filter(({ state }) => state === "waiting"),
    );
    if (waiting.size === 0 && this.#missing.size === 0) return;
    // It would start again with our rows only. Its end triggers proceed().
    if (this.#host.isCopied(this.name)) return;
    const keys = distinctKeys([...this.#missing.values()].flat());
    const all = keys.length > MOST_MISSING;
    const repaired = new Map(
      [...this.#missing.keys()].map((channel) =>
        [channel, [...this.#channels.get(channel) ?? []]] as const
      ),
    );
    this.#missing.clear();
    const channels = new Set([...waiting].map(({ channel }) => channel));
    const where = all ? null : copyCondition(channels, keys, this.#description);
    const copy = this.#copy = new SharedCopy(waiting, repaired);
    // A copy skips rows that changes have delivered since it was requested.
    const { key } = this.#description;
    for (const client of waiting) client.startOver(key ?? []);
    this.#host.copy(this.name, where).then(
      (isAborted) => {
        copy.isSettled = true;
        // It has ended before the stream could report it.
        if (isAborted && !copy.isBegun) copy.isEnded = true;
        if (copy.isEnded) this.#over(copy);
      },
      (error) => {
        copy.isSettled = copy.isEnded = true;
        this.#over(copy, error);
      },
    );
  }

  /** Looks up the table again, and makes all clients start over. */
  async redefine(): Promise<void> {
    this.#isAsking = true;
    for (const client of this.all()) this.#await(client, "schema");
    try {
      this.#description = await this.#host.describe(this.name);
      for (const channel of [...this.#channels.keys()]) {
        this.#attempt(channel, () => channel.redefine(this.#description));
      }
    } catch (error) {
      this.#failAll(this.all(), error);
    }
    this.#isAsking = false;
    this.proceed();
  }

  /** All its clients. */
  *all(): Iterable<Client> {
    for (const clients of [...this.#channels.values()]) yield* [...clients];
  }

  // A client whose rows were partly sent starts over when the copy starts again, or with the
  // next.
  #await(client: Client, reason: ResetReason): void {
    if (client.state === "waiting") return;
    client.reason = reason;
    client.state = "waiting";
  }

  #end(copy: SharedCopy, { aborted, lsn }: SnapshotEndEvent): void {
    if (aborted !== null) {
      const error = new TypeError(
        `Cannot watch table ${this.name}: its copy ended, since it was ${aborted}`,
      );
      return this.#failAll(copy.clients, error);
    }
    for (const client of copy.clients) {
      if (client.state === "copying") client.ready(lsn);
    }
  }

  // Clients that it did not serve wait for another copy.
  #over(copy: SharedCopy, error?: unknown): void {
    if (this.#copy !== copy || !copy.isSettled) return;
    this.#copy = null;
    if (error !== undefined) this.#failAll(copy.clients, error);
    for (const client of copy.clients) {
      if (client.state === "copying") this.#await(client, "restarted");
    }
    this.proceed();
  }

  #failAll(clients: Iterable<Client>, error: unknown): void {
    this.#host.onProblem(error);
    for (const client of clients) client.fail(messageFor(error));
  }

  #attemptRead(
    copy: SharedCopy,
    event: Extract<ReplicationEvent, { readonly kind: "read" }>,
  ): void {
    try {
      copy.read(event);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.#failAll(copy.clients, error);
    }
  }

  // An error of a channel ends only its clients.
  #attempt<T>(channel: Channel, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.#failAll([...this.#channels.get(channel) ?? []], error);
      return undefined;
    }
  }
}

// Clients only get our own error messages.
function messageFor(error: unknown): string {
  return error instanceof TypeError
    ? error.message
    : "Cannot read the table; the server's log says why";
}
