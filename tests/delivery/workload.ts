import { connectSql } from "../helpers/postgres.ts";
import { Random } from "./random.ts";

/** Which tables the workload writes to; each has the key `id`. */
export const TABLES: readonly string[] = ["item", "doc", "whole", "scratch"];

/** Run before the slots are made. */
export const SET_UP = `
  CREATE TABLE item (id int PRIMARY KEY, big text, n int);
  CREATE TABLE doc (id int PRIMARY KEY, big text, n int);
  ALTER TABLE doc ALTER big SET STORAGE EXTERNAL;
  CREATE TABLE whole (id int PRIMARY KEY, big text, n int);
  ALTER TABLE whole ALTER big SET STORAGE EXTERNAL;
  ALTER TABLE whole REPLICA IDENTITY FULL;
  CREATE TABLE scratch (id int PRIMARY KEY, n int);
  CREATE TABLE unpublished (n int);
  CREATE PUBLICATION delivery FOR TABLE item, doc, whole, scratch`;

/** One statement, and which of the connections runs it. */
export interface Step {
  /** The connection: each holds a transaction of its own open. */
  readonly session: number;
  /** The statement. */
  readonly sql: string;
}

/** A workload, and what it must leave in the stream: the same for the same seed. */
export interface Workload {
  /** What to run, in this order. */
  readonly steps: readonly Step[];
  /** How many transactions give events. */
  readonly transactions: number;
  /** The contents of messages within transactions, in the order of the statements. */
  readonly transactional: readonly string[];
  /** The contents of messages outside of any, in order. */
  readonly immediate: readonly string[];
}

/**
 * Makes a workload: small and large transactions, two more that stay open while others
 * commit, large values that updates leave alone, changes of keys, deletes, truncates,
 * messages of both kinds, transactions that roll back or give no events.
 *
 * @param count How many transactions the first connection makes; the others add some.
 * @param seed What it follows from.
 */
export function makeWorkload(count: number, seed: number): Workload {
  const script = new Script(seed);
  for (let i = 0; i < count; i++) {
    script.transaction();
    script.longRunning(1);
    script.longRunning(2);
  }
  script.finish(1);
  script.finish(2);
  return script;
}

/** Runs a workload, each of its sessions on a connection of its own. */
export async function runWorkload(
  url: string,
  { steps }: Pick<Workload, "steps">,
): Promise<void> {
  const clients = [connectSql(url), connectSql(url), connectSql(url)];
  try {
    for (const { session, sql } of steps) await clients[session]!(sql);
  } finally {
    for (const client of clients) await client.end();
  }
}

const SESSION_IDS = 100_000;

class Script implements Workload {
  readonly steps: Step[] = [];
  readonly transactional: string[] = [];
  readonly immediate: string[] = [];
  transactions = 0;
  readonly #random: Random;
  // What is in the tables, by session: none touches another's rows.
  readonly #ids = new Map<string, number[]>();
  readonly #nextId = [0, SESSION_IDS, 2 * SESSION_IDS];
  readonly #open = new Set<number>();
  #messages = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** One whole transaction of the first session. */
  transaction(): void {
    const dice = this.#random.below(20);
    if (dice === 0) return this.#run(0, "INSERT INTO unpublished VALUES (1)");
    if (dice === 1) return this.#rolledBack();
    if (dice === 2) return this.#truncate();
    if (dice === 3) return this.#emit(0, false);
    if (dice === 4) return this.#many();
    this.transactions++;
    if (dice < 12) return this.#change(0);
    this.#run(0, "BEGIN");
    const changes = 2 + this.#random.below(6);
    for (let i = 0; i < changes; i++) this.#change(0);
    if (dice === 12) this.#emit(0, true);
    if (dice === 13) this.#emit(0, false);
    this.#run(0, "COMMIT");
  }

  /** One step of a transaction that stays open for a while. */
  longRunning(session: number): void {
    if (!this.#open.has(session)) {
      this.#open.add(session);
      this.#run(session, "BEGIN");
    }
    this.#change(session);
    if (this.#random.below(10) === 0) this.#emit(session, true);
    if (this.#random.below(6) === 0) this.finish(session);
  }

  /** Commits what a session has open. */
  finish(session: number): void {
    if (!this.#open.delete(session)) return;
    this.transactions++;
    this.#run(session, "COMMIT");
  }

  #change(session: number): void {
    const table = this.#random.pick(["item", "doc", "whole"]);
    const ids = this.#idsOf(session, table);
    const dice = ids.length < 3 ? 0 : this.#random.below(10);
    const at = this.#random.below(ids.length);
    const where = `WHERE id = ${ids[at]}`;
    if (dice < 4) {
      const big = table === "item"
        ? "'short'"
        : "repeat(md5(random()::text), 70)";
      const id = this.#newId(session);
      ids.push(id);
      this.#run(session, `INSERT INTO ${table} VALUES (${id}, ${big}, 0)`);
    } else if (dice < 7) {
      this.#run(session, `UPDATE ${table} SET n = n + 1 ${where}`);
    } else if (dice < 8) {
      const id = this.#newId(session);
      ids[at] = id;
      this.#run(session, `UPDATE ${table} SET id = ${id} ${where}`);
    } else {
      ids.splice(at, 1);
      this.#run(session, `DELETE FROM ${table} ${where}`);
    }
  }

  #many(): void {
    this.transactions++;
    const first = this.#newId(0);
    this.#nextId[0]! += 40;
    this.#run(
      0,
      `INSERT INTO scratch SELECT g, 0 FROM generate_series(${first}, ${
        first + 39
      }) g`,
    );
  }

  #truncate(): void {
    this.transactions++;
    this.#run(0, "TRUNCATE scratch");
  }

  #rolledBack(): void {
    this.#run(0, "BEGIN");
    this.#run(0, "INSERT INTO item VALUES (-1, '', 0)");
    this.#run(0, "SELECT pg_logical_emit_message(true, 'p', 'rolled back')");
    this.#run(0, "ROLLBACK");
    // With 64 kB of logical_decoding_work_mem PostgreSQL 18 sends a Stream Abort for the
    // subtransaction, streamed or not.
    this.#run(0, "BEGIN");
    this.#run(0, "SAVEPOINT a");
    this.#run(0, "INSERT INTO item VALUES (-1, '', 0)");
    this.#run(0, "RELEASE a");
    this.#run(
      0,
      "INSERT INTO scratch SELECT -g, 0 FROM generate_series(1, 2000) g",
    );
    this.#run(0, "ROLLBACK");
  }

  #emit(session: number, transactional: boolean): void {
    const content = `message ${this.#messages++}`;
    const list = transactional ? this.transactional : this.immediate;
    list.push(content);
    this.#run(
      session,
      `SELECT pg_logical_emit_message(${transactional}, 'p', '${content}')`,
    );
  }

  #idsOf(session: number, table: string): number[] {
    const name = `${session} ${table}`;
    const ids = this.#ids.get(name) ?? [];
    this.#ids.set(name, ids);
    return ids;
  }

  #newId(session: number): number {
    return this.#nextId[session]!++;
  }

  #run(session: number, sql: string): void {
    this.steps.push({ session, sql });
  }
}
