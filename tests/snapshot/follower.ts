import {
  type Checkpoint,
  type CheckpointStore,
  type ReplicationEvent,
  type Row,
  subscribe,
  type SubscribeOptions,
  type Subscription,
} from "@walbrook/walbrook";
import type { PostgresServer } from "../helpers/postgres.ts";
import { CopiedTables } from "./copied_tables.ts";

/** A checkpoint store in memory that goes through JSON, as most do. */
export interface MemoryStore extends CheckpointStore {
  /** The checkpoint that was saved last. */
  readonly kept: Checkpoint | null;
}

/** Creates a {@linkcode MemoryStore}. */
export function memoryStore(): MemoryStore {
  let text: string | null = null;
  const read = () =>
    text === null ? null : JSON.parse(
      text,
      (name, value) => name === "lsn" ? BigInt(value) : value,
    ) as Checkpoint;
  return {
    get kept() {
      return read();
    },
    load: () => Promise.resolve(read()),
    save(checkpoint) {
      text = JSON.stringify(
        checkpoint,
        (_, value) => typeof value === "bigint" ? `${value}` : value,
      );
      return Promise.resolve();
    },
  };
}

/** What {@linkcode follow} takes: options of a subscription, and the key of its tables. */
export interface FollowOptions
  extends Omit<Partial<SubscribeOptions>, "snapshot" | "checkpoint"> {
  /**
   * What to copy.
   *
   * @default {"initial"}
   */
  readonly snapshot?: SubscribeOptions["snapshot"] | undefined;
  /**
   * Where the position is kept; in memory by default.
   */
  readonly checkpoint?: CheckpointStore | undefined;
  /**
   * The key columns of the tables.
   *
   * @default {["id"]}
   */
  readonly key?: readonly string[];
  /** The tables of an earlier follower, to go on with. */
  readonly tables?: CopiedTables;
}

/** A consumer that keeps tables, and can be stopped at any event. */
export class Follower implements AsyncDisposable {
  /** The subscription. */
  readonly subscription: Subscription;
  /** What the events have made. */
  readonly tables: CopiedTables;
  readonly #events: AsyncIterator<ReplicationEvent>;
  readonly #limit: TimeLimit;

  constructor(
    subscription: Subscription,
    tables: CopiedTables,
    limit: TimeLimit,
  ) {
    this.subscription = subscription;
    this.tables = tables;
    this.#limit = limit;
    this.#events = subscription[Symbol.asyncIterator]();
  }

  /** Takes events up to one; it is the last of those that are returned. */
  async until(
    isLast: (event: ReplicationEvent) => boolean,
  ): Promise<ReplicationEvent[]> {
    const taken: ReplicationEvent[] = [];
    for (;;) {
      const { done, value } = await this.#events.next();
      if (done) throw new Error("The subscription has ended");
      this.tables.apply(value);
      taken.push(value);
      if (isLast(value)) return taken;
    }
  }

  /** Takes events up to the end of some copies, and the chunk that ends the last of them. */
  async copied(count = 1): Promise<ReplicationEvent[]> {
    let ends = 0;
    return await this.until((event) => {
      if (event.kind === "snapshotEnd") ends++;
      return ends === count && event.kind === "chunk";
    });
  }

  /** Takes events up to a message that SQL sends with this text. */
  async message(text: string): Promise<ReplicationEvent[]> {
    return await this.until((event) =>
      event.kind === "message" &&
      new TextDecoder().decode(event.content) === text
    );
  }

  /** Takes events up to the end. */
  async rest(): Promise<ReplicationEvent[]> {
    const taken: ReplicationEvent[] = [];
    for (;;) {
      const { done, value } = await this.#events.next();
      if (done) return taken;
      this.tables.apply(value);
      taken.push(value);
    }
  }

  /** The rows of a table, in no particular order. */
  rows(table: string): readonly Row[] {
    return [...this.tables.rows(table).values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#limit.clear();
    await this.subscription.close();
  }
}

/** Ends what would hang. */
export class TimeLimit {
  readonly #abort = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;

  /** @param seconds When it ends it. */
  constructor(seconds: number) {
    const reason = new Error(`It took longer than ${seconds} s`);
    this.#timer = setTimeout(
      () => this.#abort.abort(reason),
      seconds * 1_000,
    );
  }

  /** Says that it is over. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Lifts the limit. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** How long a consumer lives at the most. */
const LIMIT_SECONDS = 150;

/** Follows publication `p` by slot `s`, and copies its tables. */
export async function follow(
  server: PostgresServer,
  { key = ["id"], tables, ...options }: FollowOptions = {},
): Promise<Follower> {
  const limit = new TimeLimit(LIMIT_SECONDS);
  const all = {
    signal: limit.signal,
    connection: server.url,
    slot: { name: "s", create: true, wait: true },
    publication: "p",
    snapshot: "initial",
    checkpoint: memoryStore(),
    ...options,
  };
  // An option that is undefined is left out.
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  try {
    const subscription = await subscribe(
      Object.fromEntries(given) as unknown as SubscribeOptions,
    );
    return new Follower(subscription, tables ?? new CopiedTables(key), limit);
  } catch (error) {
    limit.clear();
    throw error;
  }
}

/** The kinds of events, those that come one behind the other as one: `read 3`. */
export function kindsOf(events: readonly ReplicationEvent[]): string[] {
  const kinds: string[] = [];
  let count = 0;
  events.forEach(({ kind }, i) => {
    count++;
    if (events[i + 1]?.kind === kind) return;
    kinds.push(kind === "read" || count > 1 ? `${kind} ${count}` : kind);
    count = 0;
  });
  return kinds;
}

/** Sends a message that {@linkcode Follower.message} waits for. */
export function messageSql(text: string): string {
  return `SELECT pg_logical_emit_message(true, 'test', '${text}')`;
}
