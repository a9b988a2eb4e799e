import type { ReplicationEvent } from "../../events/event.ts";

/**
 * The number of events of one kind for a table.
 *
 * @category Progress
 */
export interface EventCount {
  /**
   * The table, for example `"public.orders"`; `null` for events without a table, and for
   * tables beyond the first 200.
   */
  readonly table: string | null;
  /** The kind of the events. */
  readonly kind: ReplicationEvent["kind"];
  /** The number of events. */
  readonly count: number;
}

/**
 * How often something occurred for one reason.
 *
 * @category Progress
 */
export interface ReasonCount {
  /** The reason: a SQLSTATE, the name of an error's class, or a gap's reason. */
  readonly reason: string;
  /** How often it occurred. */
  readonly count: number;
}

/**
 * What a subscription has counted since it began, over all its connections.
 *
 * @example The number of inserted rows
 * ```ts
 * import type { SubscriptionCounts } from "@walbrook/walbrook/subscription";
 *
 * function insertedRows({ events }: SubscriptionCounts): number {
 *   return events.filter(({ kind }) => kind === "insert")
 *     .reduce((sum, { count }) => sum + count, 0);
 * }
 * ```
 *
 * @category Progress
 */
export interface SubscriptionCounts {
  /** The events that were delivered, by table and kind. */
  readonly events: readonly EventCount[];
  /** The bytes received in replication streams. */
  readonly receivedBytes: number;
  /** The lost links and failed attempts to connect, by SQLSTATE or the error's class. */
  readonly failures: readonly ReasonCount[];
  /** The gaps that were delivered. */
  readonly gaps: readonly ReasonCount[];
  /** The values that could not be parsed. */
  readonly badValues: number;
}

/** The number of tables that are counted separately: each is a label of a metric. */
const MAX_TABLES = 200;

type Kind = ReplicationEvent["kind"];

/** Counts the events of one table and kind. */
interface Counter {
  readonly table: string | null;
  readonly kind: Kind | null;
  count: number;
  /** The counter that was used after this one last time. */
  next: Counter | null;
}

/** The counters of a table, by kind. */
type Kinds = Partial<Record<Kind, Counter>>;

/** Counts events. */
export class Tally {
  /** The gaps that were delivered, by reason. */
  readonly gaps: Map<string, number> = new Map();
  /** Lost links and failed attempts, by SQLSTATE or class. */
  readonly failures: Map<string, number> = new Map();
  /** Values that could not be parsed. */
  badValues = 0;
  readonly #tables = new Map<string | null, Kinds>([[null, {}]]);
  // Table, kind and counter of the last event; those of the next one are usually the same.
  #table: string | null = null;
  #kind: Kind | null = null;
  #last: Counter = { table: null, kind: null, count: 0, next: null };

  /** Counts delivered events. */
  add(events: readonly ReplicationEvent[]): void {
    for (let i = 0; i < events.length; i++) {
      const { kind, table } = events[i]!;
      if (kind !== this.#kind || table !== this.#table) {
        this.#table = table;
        this.#kind = kind;
        this.#last = this.#next(kind, table);
      }
      this.#last.count++;
    }
  }

  // Small transactions are alike: what followed last time usually follows again.
  #next(kind: Kind, table: string | null): Counter {
    const { next } = this.#last;
    if (next !== null && next.kind === kind && next.table === table) {
      return next;
    }
    return this.#last.next = this.#find(kind, table);
  }

  #find(kind: Kind, table: string | null): Counter {
    const tables = this.#tables;
    const isCounted = tables.has(table) || tables.size <= MAX_TABLES;
    const key = isCounted ? table : null;
    let kinds = tables.get(key);
    if (kinds === undefined) tables.set(key, kinds = {});
    return kinds[kind] ??= { table: key, kind, count: 0, next: null };
  }

  /** The counts of events, by table and kind. */
  get events(): EventCount[] {
    return [...this.#tables].flatMap(([table, kinds]) =>
      Object.entries(kinds).map(([kind, { count }]) => ({
        ...{ table, count },
        kind: kind as Kind,
      }))
    );
  }
}

/** Increments the count for a reason. */
export function countReason(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

/** Returns the counts by reason as a list. */
export function reasonCounts(
  counts: ReadonlyMap<string, number>,
): ReasonCount[] {
  return [...counts].map(([reason, count]) => ({ reason, count }));
}
