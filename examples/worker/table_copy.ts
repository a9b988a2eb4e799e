import {
  type Relation,
  type ReplicationEvent,
  type Row,
  tableName,
  UNCHANGED,
} from "@walbrook/walbrook/workers";

/** What is used of a Durable Object's storage. */
export interface Storage {
  get(key: string): Promise<unknown>;
  put(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<unknown>;
  list(options: { prefix: string }): Promise<Map<string, unknown>>;
}

/** A row of the copy. */
interface Entry {
  readonly row: Row;
  /** How often it is there: more than once only in a table without a key. */
  readonly count: number;
}

/** Longer keys are kept as their hash: a key of the storage has at most 2,048 bytes. */
const LONGEST_KEY = 500;

/**
 * A copy of tables, in the storage of a Durable Object or in a transaction of it. Rows are
 * kept by the table's OID: a table may get another name, and another table its name.
 */
export class TableCopy {
  readonly #storage: Storage;

  /** @param storage Where it is. */
  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Reads the rows of a table, by its name with its schema: `public.orders`. */
  async rows(table: string): Promise<Row[]> {
    const oid = await this.#storage.get(oidPlace(table));
    if (typeof oid !== "number") return [];
    const entries = await this.#entries(oid);
    return [...entries.values()].flatMap(({ row, count }) =>
      Array.from({ length: count }, () => row)
    );
  }

  /** Does what an event says. */
  async apply(event: ReplicationEvent): Promise<void> {
    switch (event.kind) {
      case "relation":
        return await this.#name(event.relation);
      case "snapshotBegin":
        await this.#name(event.relation);
        // Without a key a table is copied as a whole, before its changes, and from its
        // beginning where that was interrupted.
        if (!hasKey(event.relation)) await this.#clear(event.relation.oid);
        return;
      case "read":
      case "insert":
        return await this.#add(event.relation, event.key, event.newRow);
      case "update": {
        const { relation, key, oldRow } = event;
        const known = await this.#remove(relation, key, oldRow);
        // A large value that the update did not touch is not sent again.
        const newRow = { ...known, ...sent(event.newRow) };
        const newKey = key && pick(newRow, Object.keys(key));
        return await this.#add(relation, newKey, newRow);
      }
      case "delete":
        await this.#remove(event.relation, event.key, event.oldRow);
        return;
      case "truncate":
        for (const { oid } of event.relations) await this.#clear(oid);
    }
  }

  async #clear(oid: number): Promise<void> {
    const entries = await this.#entries(oid);
    for (const place of entries.keys()) await this.#storage.delete(place);
  }

  // Every run of the Worker gets the description of a table before its rows.
  async #name(relation: Relation): Promise<void> {
    const { oid } = relation;
    const name = tableName(relation);
    const before = await this.#storage.get(namePlace(oid));
    if (typeof before === "string" && before !== name) {
      const owner = await this.#storage.get(oidPlace(before));
      if (owner === oid) await this.#storage.delete(oidPlace(before));
    }
    await this.#storage.put(namePlace(oid), name);
    await this.#storage.put(oidPlace(name), oid);
  }

  async #add(
    { oid }: Relation,
    key: Row | null,
    row: Row,
  ): Promise<void> {
    const place = await rowPlace(oid, key, row);
    // Rows of a table without a key may be the same.
    const before = key === null ? await this.#get(place) : undefined;
    const entry: Entry = { row, count: (before?.count ?? 0) + 1 };
    await this.#storage.put(place, entry);
  }

  // Gives the row that was there.
  async #remove(
    { oid }: Relation,
    key: Row | null,
    oldRow: Row | null,
  ): Promise<Row | undefined> {
    const place = await rowPlace(oid, key, oldRow ?? {});
    const entry = await this.#get(place);
    if (entry === undefined) return undefined;
    const { row, count } = entry;
    if (count > 1) await this.#storage.put(place, { row, count: count - 1 });
    else await this.#storage.delete(place);
    return row;
  }

  async #entries(oid: number): Promise<Map<string, Entry>> {
    const prefix = rowPrefix(oid);
    return await this.#storage.list({ prefix }) as Map<string, Entry>;
  }

  async #get(place: string): Promise<Entry | undefined> {
    return await this.#storage.get(place) as Entry | undefined;
  }
}

function hasKey({ primaryKey, replicaIdentity }: Relation): boolean {
  return primaryKey !== null || replicaIdentity === "index";
}

function oidPlace(table: string): string {
  return `oid/${table}`;
}

function namePlace(oid: number): string {
  return `name/${oid}`;
}

function rowPrefix(oid: number): string {
  return `row/${oid}/`;
}

// The key identifies a row, whatever the table's REPLICA IDENTITY. In a table without one,
// whose rows are only changed with REPLICA IDENTITY FULL, a row is all that is in it.
async function rowPlace(
  oid: number,
  key: Row | null,
  row: Row,
): Promise<string> {
  const values = key === null
    ? Object.entries(row).filter(([, value]) => value !== null)
    : Object.values(key);
  const text = JSON.stringify(values, toText);
  const isShort = key !== null && text.length <= LONGEST_KEY;
  return rowPrefix(oid) + (isShort ? text : await hashOf(text));
}

async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

function sent(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== UNCHANGED),
  );
}

function pick(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

/** Makes JSON of what it has no form for: a `bigint` becomes its digits, bytes hex. */
export function toText(_name: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (!(value instanceof Uint8Array)) return value;
  return `\\x${
    Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")
  }`;
}
