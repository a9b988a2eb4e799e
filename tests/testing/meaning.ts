import type { ReplicationEvent, Subscription } from "@walbrook/walbrook";

/**
 * Reads events up to the row that ends a script, and leaves out what differs from one
 * server to the next: positions, times, ids of transactions, and OIDs of what users make.
 */
export async function readScript(
  subscription: Subscription,
): Promise<unknown[]> {
  const read: ReplicationEvent[] = [];
  for await (const event of subscription) {
    if (event.kind === "insert" && event.relation.name === END) break;
    read.push(event);
  }
  await subscription.close();
  const oids = new Map<number, string>();
  return read.map((event) => generalise(event, oids));
}

/** The table whose first row ends a script. */
export const END = "the_end";

const DIFFERENT = [
  ...["lsn", "commitLsn", "endLsn", "finalLsn", "walStart"],
  ...["commitTime", "xid"],
  // Of a copy: its number follows the clock, and the server analyzes tables when it likes.
  ...["run", "estimatedRows", "estimatedBytes"],
];

/** Leaves out of a value what differs from one server to the next. */
export function generalise(
  value: unknown,
  oids: Map<number, string>,
  name = "",
): unknown {
  if (DIFFERENT.includes(name)) return name;
  if (/oids?$/i.test(name) && typeof value === "number" && value >= 16_384) {
    if (!oids.has(value)) oids.set(value, `OID ${oids.size}`);
    return oids.get(value);
  }
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) {
    return value.map((one) => generalise(one, oids, name));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [name, one],
    ) => [name, generalise(one, oids, name)]),
  );
}

/**
 * Sorts the events of copies by their tables: which comes first, and so how they are counted,
 * is a matter of time; what comes of a table is not.
 */
export function byTable(events: readonly unknown[]): readonly unknown[] {
  return (events as { readonly table: string; readonly index: number }[])
    .map(({ index: _, ...event }) => event)
    .toSorted((a, b) => a.table < b.table ? -1 : a.table > b.table ? 1 : 0);
}
