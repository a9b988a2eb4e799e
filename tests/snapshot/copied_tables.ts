import {
  type Relation,
  type ReplicationEvent,
  type Row,
  UNCHANGED,
} from "@walbrook/walbrook";
import type { SqlClient } from "../helpers/postgres.ts";

/** What is wrong with a copy. */
export interface Differences {
  /** Keys of rows that the server has and the copy has not. */
  readonly missing: readonly string[];
  /** Keys of rows that only the copy has. */
  readonly ghosts: readonly string[];
  /** Keys of rows that differ. */
  readonly different: readonly string[];
  /** Keys of rows of which a value never came. */
  readonly holes: readonly string[];
}

/**
 * Keeps tables by the contract of a consumer whose source copies them: `put` is an upsert, a
 * `read` replaces the row, what is not there can't be deleted.
 */
export class CopiedTables {
  /** How often a row went back in time, by what did it. */
  readonly notes: Record<string, number> = {};
  readonly #key: readonly string[];
  readonly #tables = new Map<string, Map<string, Row>>();

  /** @param key The key columns of all tables. */
  constructor(key: readonly string[]) {
    this.#key = key;
  }

  /** Does what an event says. */
  apply(event: ReplicationEvent): void {
    switch (event.kind) {
      case "insert":
        return this.#put(event.relation, event.newRow, "insert");
      case "update": {
        const old = event.oldRow ?? event.key;
        const rows = this.#rows(event.relation);
        const before = old === null ? undefined : rows.get(this.keyOf(old));
        if (old !== null && this.keyOf(old) !== this.keyOf(event.newRow)) {
          rows.delete(this.keyOf(old));
        }
        return this.#put(event.relation, merge(event.newRow, before), "update");
      }
      case "delete":
        this.#rows(event.relation).delete(
          this.keyOf(event.oldRow ?? event.key ?? {}),
        );
        return;
      case "truncate":
        for (const one of event.relations) this.#rows(one).clear();
        return;
      case "read":
        return this.#put(event.relation, event.newRow, "read");
    }
  }

  /** The text of a row's key. */
  keyOf(row: Row): string {
    const values = this.#key.map((name) => row[name]);
    return JSON.stringify(
      values.map((value) => typeof value === "bigint" ? `${value}` : value),
    );
  }

  /** The rows of a table. */
  rows(table: string): ReadonlyMap<string, Row> {
    return this.#tables.get(table) ?? new Map();
  }

  /** Forgets all rows, as a consumer that has lost changes does. */
  clear(): void {
    this.#tables.clear();
  }

  /** Holds a table against the server's. */
  async compare(
    sql: SqlClient,
    table: string,
    where = "true",
  ): Promise<Differences> {
    const truth = new Map<string, Record<string, string | null>>();
    for (const row of await sql(`SELECT * FROM ${table} WHERE ${where}`)) {
      const typed = { ...row, n: Number(row.n) };
      truth.set(this.keyOf(typed), row);
    }
    const held = this.rows(table);
    const keys = [...truth.keys()];
    return {
      missing: keys.filter((key) => !held.has(key)),
      ghosts: [...held.keys()].filter((key) => !truth.has(key)),
      holes: keys.filter((key) =>
        Object.values(held.get(key) ?? {}).includes(UNCHANGED)
      ),
      different: keys.filter((key) => {
        const row = held.get(key);
        if (row === undefined || Object.values(row).includes(UNCHANGED)) {
          return false;
        }
        return Object.entries(truth.get(key)!).some(([name, text]) =>
          text !== (row[name] === null ? null : String(row[name]))
        );
      }),
    };
  }

  #put(relation: Relation, row: Row, kind: string): void {
    const rows = this.#rows(relation);
    const key = this.keyOf(row);
    const before = rows.get(key);
    const now = merge(row, before);
    // Only rows with a version can tell.
    const isTelling = before !== undefined && (before.v ?? null) !== null;
    if (isTelling && BigInt(String(now.v)) < BigInt(String(before.v))) {
      this.#note(`${kind} goes back in time`);
    }
    rows.set(key, now);
  }

  #note(what: string): void {
    this.notes[what] = (this.notes[what] ?? 0) + 1;
  }

  #rows({ name }: Relation): Map<string, Row> {
    const rows = this.#tables.get(name) ?? new Map<string, Row>();
    this.#tables.set(name, rows);
    return rows;
  }
}

function merge(row: Row, before: Row | undefined): Row {
  if (before === undefined) return row;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === UNCHANGED && name in before ? before[name] : value,
    ]),
  );
}
