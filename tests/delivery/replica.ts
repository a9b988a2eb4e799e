import { assertEquals } from "@std/assert";
import {
  type Lsn,
  type Relation,
  type ReplicationEvent,
  type Row,
  UNCHANGED,
} from "@walbrook/walbrook";
import type { SqlClient } from "../helpers/postgres.ts";
import { TABLES, type Workload } from "./workload.ts";

/** An event that does not fit: something was lost, or came twice. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
}

/**
 * Tables kept up to date by events alone, each with the key `id`. It takes no event
 * that doesn't fit: neither a row that it has already nor a change of one that it lacks,
 * no transaction twice or out of order, no event out of its transaction or its turn.
 */
export class StrictReplica {
  readonly #tables = new Map<string, Map<unknown, Row>>();
  #open: Lsn | null = null;
  #index = 0;
  #commitLsn: Lsn | null = null;
  #messageLsn: Lsn | null = null;
  /** How many transactions are complete. */
  transactions = 0;
  /** How many events were taken. */
  events = 0;
  /** The contents of messages within transactions. */
  readonly transactional: string[] = [];
  /** The contents of messages outside of any. */
  readonly immediate: string[] = [];

  /** The rows of a table, by key. */
  table(name: string): Map<unknown, Row> {
    const rows = this.#tables.get(name) ?? new Map<unknown, Row>();
    this.#tables.set(name, rows);
    return rows;
  }

  /**
   * Does what the event says.
   *
   * @throws {DeliveryError} If it does not fit.
   */
  apply(event: ReplicationEvent): void {
    this.#order(event);
    this.events++;
    switch (event.kind) {
      case "insert":
        return this.#insert(event.relation, event.newRow);
      case "update": {
        const old = this.#remove(event.relation, event.oldRow ?? event.key);
        return this.#insert(event.relation, filled(event.newRow, old));
      }
      case "delete":
        this.#remove(event.relation, event.oldRow ?? event.key);
        return;
      case "truncate":
        for (const { name } of event.relations) this.table(name).clear();
        return;
      case "message":
        (event.transaction ? this.transactional : this.immediate).push(
          new TextDecoder().decode(event.content),
        );
        return;
      case "commit":
        this.transactions++;
        return;
      case "gap":
        throw new DeliveryError(event.message);
      case "begin":
      case "beginPrepare":
      case "prepare":
      case "commitPrepared":
      case "rollbackPrepared":
      case "relation":
        return;
    }
  }

  /** Compares everything with what the workload has done and the server has. */
  async compare(sql: SqlClient, workload?: Workload): Promise<void> {
    for (const name of TABLES) {
      const truth = await sql(`SELECT * FROM ${name} ORDER BY id`);
      const rows = [...this.table(name).values()]
        .map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([key, value]) => [key, textOf(value)]),
          )
        )
        .sort((a, b) => Number(a["id"]) - Number(b["id"]));
      assertEquals(rows, truth.map((row) => ({ ...row })), name);
    }
    if (workload === undefined) return;
    const { transactions, transactional, immediate } = workload;
    assertEquals(this.transactions, transactions);
    assertEquals(this.transactional.sort(), [...transactional].sort());
    assertEquals(this.immediate, immediate);
  }

  #order(event: ReplicationEvent): void {
    if (event.kind === "message" && event.transaction === null) {
      if (this.#messageLsn !== null && event.lsn <= this.#messageLsn) {
        throw new DeliveryError(`Message at ${event.lsn} came again`);
      }
      this.#messageLsn = event.lsn;
      return;
    }
    const { commitLsn } = event.transaction!;
    if (event.kind === "begin") {
      if (this.#open !== null) {
        throw new DeliveryError(`${this.#open} has not ended at ${commitLsn}`);
      }
      if (this.#commitLsn !== null && commitLsn <= this.#commitLsn) {
        throw new DeliveryError(`${commitLsn} after ${this.#commitLsn}`);
      }
      this.#open = commitLsn;
      this.#index = 0;
    } else if (this.#open !== commitLsn) {
      throw new DeliveryError(`${event.kind} of ${commitLsn} in ${this.#open}`);
    }
    if (event.index !== this.#index) {
      throw new DeliveryError(
        `${event.kind} ${event.index} of ${commitLsn} at ${this.#index}`,
      );
    }
    if (event.kind === "commit") {
      this.#commitLsn = commitLsn;
      this.#open = null;
    } else if (event.kind !== "begin" && event.kind !== "relation") {
      this.#index++;
    }
  }

  #insert({ name }: Relation, row: Row): void {
    const rows = this.table(name);
    if (rows.has(row["id"])) {
      throw new DeliveryError(`${name} has ${row["id"]} already`);
    }
    rows.set(row["id"], row);
  }

  #remove({ name }: Relation, key: Row | null): Row {
    const rows = this.table(name);
    const row = rows.get(key?.["id"]);
    if (row === undefined) {
      throw new DeliveryError(`${name} has no ${key?.["id"]}`);
    }
    rows.delete(key?.["id"]);
    return row;
  }
}

function filled(row: Row, old: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === UNCHANGED ? old[name] : value,
    ]),
  );
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : `${value}`;
}
