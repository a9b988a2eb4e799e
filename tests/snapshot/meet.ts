import {
  type Checkpoint,
  type CheckpointStore,
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
} from "@walbrook/walbrook";
import {
  connectSql,
  type PostgresServer,
  type SqlClient,
} from "../helpers/postgres.ts";
import { CopiedTables, type Differences } from "./copied_tables.ts";
import { TimeLimit } from "./follower.ts";
import { createTable, startWriters } from "./racing_writers.ts";

/** What is copied while writers change it. */
export interface MeetOptions {
  /** How many rows each table has at first. */
  readonly rows?: number;
  /** The tables' names. */
  readonly tables?: readonly string[];
  /** Whether they have partitions, and are published as a whole. */
  readonly partitioned?: boolean;
  /** The condition for rows to be published, in SQL; PostgreSQL 15 and later. */
  readonly filter?: string;
  /** How many connections write. */
  readonly writers?: number;
  /** How long each pauses, in milliseconds, at the most. */
  readonly pauseMs?: number;
  /** How often a transaction truncates, from 0 to 1. */
  readonly truncate?: number;
  /** Whether some transactions are prepared. */
  readonly prepared?: boolean;
  /** Whether commits wait for a standby that answers late, and out of order. */
  readonly waitForStandby?: boolean;
  /** How often a chunk is the last before the consumer is stopped, from 0 to 1. */
  readonly stop?: number;
  /** Whether the consumer keeps its position with its rows, and so loses neither alone. */
  readonly ownsPosition?: boolean;
  /** How often an event is the last before the consumer crashes, from 0 to 1. */
  readonly crash?: number;
  /**
   * Whether nothing is acknowledged: after each of at most three crashes the stream begins
   * where the slot was created, and the copies from their beginning, on top of what is there.
   */
  readonly replay?: boolean;
  /** How many connections read. */
  readonly readers?: number;
  /** How many bytes a chunk has. */
  readonly chunkBytes?: number;
  /** Other options for the subscription. */
  readonly subscribe?: Partial<SubscribeOptions>;
}

/** The result of a run. */
export interface MeetResult {
  /** What is wrong in the end, by table. */
  readonly differences: Readonly<Record<string, Differences>>;
  /** How many rows are wrong. */
  readonly wrong: number;
  /** How often something went back in time, by what. */
  readonly notes: Readonly<Record<string, number>>;
  /** How many chunks and rows came, transactions were written, and consumers stopped. */
  readonly figures: Readonly<Record<string, number>>;
}

/** How long all of it may take. */
const LIMIT_SECONDS = 240;
const MOST_REPLAYS = 3;

/** Ends a consumer as a crash does: what it has not kept is lost. */
class Crash extends Error {}

/**
 * Copies tables while writers change them, stops or crashes the consumer now and then, and
 * holds what it has against the server once the writers have stopped.
 */
export async function meet(
  { server, sql }: { readonly server: PostgresServer; readonly sql: SqlClient },
  options: MeetOptions = {},
): Promise<MeetResult> {
  const { tables = ["t"], rows = 3_000, partitioned = false, filter } = options;
  for (const table of tables) await sql(createTable(table, rows, partitioned));
  const list = tables.map((table) =>
    filter === undefined ? table : `${table} WHERE (${filter})`
  );
  await sql(
    `CREATE PUBLICATION meet FOR TABLE ${list.join(", ")}
      WITH (publish_via_partition_root = true)`,
  );
  const writers = startWriters({
    ...{ url: server.url, tables, rows },
    writers: options.writers ?? 6,
    ...pick(options, ["pauseMs", "truncate", "prepared"]),
  });
  const standby = options.waitForStandby ? await lateStandby(server) : null;
  const copied = new CopiedTables(["k", "n"]);
  const figures = {
    chunks: 0,
    reads: 0,
    stops: 0,
    crashes: 0,
    transactions: 0,
  };
  const store = memoryStore();
  const { ownsPosition = false, replay = false, crash = 0 } = options;
  const ends = new Set<string>();
  let isWriting = true;
  let target = "";
  const limit = new TimeLimit(LIMIT_SECONDS);
  for (let isOver = false; !isOver;) {
    const life = lifeOf(store, ownsPosition);
    // What it has not kept with its position yet.
    let pending: ReplicationEvent[] = [];
    const subscription = await subscribe({
      connection: server.url,
      signal: limit.signal,
      slot: { name: "meet", create: true, wait: true },
      publication: "meet",
      acknowledge: "manual",
      checkpoint: life.store,
      snapshot: {
        chunkBytes: options.chunkBytes ?? 40_000,
        readers: options.readers ?? 1,
      },
      ...options.subscribe,
    });
    try {
      for await (const event of subscription) {
        const mayCrash = !replay || figures.crashes < MOST_REPLAYS;
        if (mayCrash && Math.random() < crash) throw new Crash();
        const isUnit = event.kind === "commit" || event.kind === "chunk";
        if (ownsPosition) pending.push(event);
        else copied.apply(event);
        if (ownsPosition && isUnit) {
          for (const one of pending) copied.apply(one);
          pending = [];
          await store.save(subscription.checkpointAfter(event));
        }
        if (event.kind === "read") figures.reads++;
        if (event.kind === "snapshotEnd") ends.add(event.relation.name);
        if (event.kind === "snapshotBegin") ends.delete(event.relation.name);
        if (isUnit && !replay) subscription.acknowledge(event);
        if (event.kind === "chunk") figures.chunks++;
        const chance = event.kind === "chunk" ? 1 : 0.005;
        if (isUnit && Math.random() < chance * (options.stop ?? 0)) {
          figures.stops++;
          break;
        }
        if (isWriting && isUnit && ends.size === tables.length) {
          isWriting = false;
          standby?.stop();
          await writers.stop();
          await standby?.over;
          await sql("ROLLBACK").catch(() => {});
          for (
            const { gid } of await sql("SELECT gid FROM pg_prepared_xacts")
          ) {
            await sql(`ROLLBACK PREPARED '${gid}'`);
          }
          // The last transaction of all.
          target = crypto.randomUUID();
          await sql(
            `SELECT pg_logical_emit_message(true, 'meet', '${target}')`,
          );
        }
        if (event.kind === "message" && isTarget(event.content, target)) {
          isOver = true;
          break;
        }
      }
    } catch (error) {
      if (!(error instanceof Crash)) {
        limit.clear();
        throw error;
      }
      figures.crashes++;
      life.end();
      await subscription.close();
    }
  }
  limit.clear();
  figures.transactions = writers.transactions;
  const differences: Record<string, Differences> = {};
  for (const table of tables) {
    differences[table] = await copied.compare(sql, table, filter);
  }
  await sql("SELECT pg_drop_replication_slot('meet')").catch(() => {});
  const wrong = Object.values(differences).reduce(
    (sum, { missing, ghosts, different, holes }) =>
      sum + missing.length + ghosts.length + different.length + holes.length,
    0,
  );
  return { differences, wrong, notes: copied.notes, figures };
}

function isTarget(content: Uint8Array, target: string): boolean {
  return target !== "" && new TextDecoder().decode(content) === target;
}

// A store that keeps nothing any more of what a process would have kept that has crashed; and
// only what is further than what the consumer has kept by itself.
function lifeOf(
  store: CheckpointStore,
  ownsPosition: boolean,
): { readonly store: CheckpointStore; end(): void } {
  let isOver = false;
  return {
    store: {
      load: () => store.load(),
      async save(checkpoint) {
        if (isOver) return;
        const kept = ownsPosition ? await store.load() : null;
        if (kept !== null && kept.lsn >= checkpoint.lsn) return;
        await store.save(checkpoint);
      },
    },
    end: () => isOver = true,
  };
}

function memoryStore(): CheckpointStore {
  let kept: string | null = null;
  return {
    load: () =>
      Promise.resolve(
        kept === null ? null : JSON.parse(
          kept,
          (name, value) => name === "lsn" ? BigInt(value) : value,
        ) as Checkpoint,
      ),
    save(checkpoint) {
      kept = JSON.stringify(
        checkpoint,
        (_, value) => typeof value === "bigint" ? `${value}` : value,
      );
      return Promise.resolve();
    },
  };
}

/** A standby that is waited for, and answers late and out of order: one that nobody has. */
async function lateStandby(
  { url }: PostgresServer,
): Promise<{ stop(): void; readonly over: Promise<void> }> {
  const sql = connectSql(`${url}?synchronous_commit=local`);
  await sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  await sql("SELECT pg_reload_conf()");
  let isStopped = false;
  const over = (async () => {
    while (!isStopped) {
      await sql(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND random() < 0.2",
      );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await sql("ALTER SYSTEM RESET synchronous_standby_names");
    await sql("SELECT pg_reload_conf()");
    await sql.end();
  })();
  return { stop: () => isStopped = true, over };
}

function pick<T extends object, K extends keyof T>(
  from: T,
  names: readonly K[],
): Pick<T, K> {
  return Object.fromEntries(
    names.flatMap((name) => name in from ? [[name, from[name]]] : []),
  ) as Pick<T, K>;
}
