import type { RowEvent } from "../../encode/row_key.ts";
import type { RelationEvent, TruncateEvent } from "../../events/event.ts";
import type { Relation } from "../../events/relation.ts";
import type {
  SnapshotBeginEvent,
  SnapshotEndEvent,
} from "../../events/snapshot_event.ts";
import type { ApplyOptions, ChooseTable } from "../engine/apply_options.ts";
import type { StoredPosition } from "../engine/position.ts";
import { type ApplyTarget, RowRefusedError } from "../engine/target.ts";
import { Bookkeeping } from "./bookkeeping.ts";
import { PostgresConnection } from "./connection.ts";
import type { PostgresPool } from "./client.ts";
import { PostgresRows } from "./rows.ts";
import { quoteName, sweepSql } from "./sql.ts";
import { PostgresTables, type TargetName } from "./tables.ts";

/** The parts of a {@linkcode PostgresTarget}. */
export interface PostgresTargetOptions
  extends Required<Omit<ApplyOptions, "keys">> {
  readonly keys: ApplyOptions["keys"];
  readonly table: ChooseTable<TargetName>;
  /** The schema of the tables for positions. */
  readonly schema: string;
  /** Whether triggers and foreign keys are disabled, as for a replication worker. */
  readonly replicaRole: boolean;
}

/** Applies changes to a PostgreSQL database. */
export class PostgresTarget implements ApplyTarget {
  readonly name = "postgres";
  readonly #connection: PostgresConnection;
  readonly #bookkeeping: Bookkeeping;
  readonly #tables: PostgresTables;
  // By the description of the table.
  readonly #rows = new Map<Relation, PostgresRows>();
  // The tables, by OID, in which inserted rows may already exist.
  readonly #full = new Set<number>();
  // Whether nothing has been done since the savepoint.
  #isFresh = false;

  constructor(pool: PostgresPool, options: PostgresTargetOptions) {
    const connection = this.#connection = new PostgresConnection(pool, options);
    const bookkeeping = quoteName(options.schema);
    this.#bookkeeping = new Bookkeeping(connection.query, {
      name: options.name,
      schema: bookkeeping,
    });
    this.#tables = new PostgresTables(connection.query, {
      ...options,
      bookkeeping,
    });
  }

  async open(): Promise<StoredPosition | null> {
    this.#rows.clear();
    await this.#connection.open();
    return await this.#bookkeeping.open();
  }

  async begin(): Promise<void> {
    await this.#connection.run("BEGIN; SAVEPOINT walbrook");
    this.#isFresh = true;
  }

  async commit(
    before: StoredPosition | null,
    after: StoredPosition,
  ): Promise<boolean> {
    if (await this.#bookkeeping.commit(before, after)) return true;
    await this.rollback();
    return false;
  }

  async rollback(): Promise<void> {
    this.#rows.clear();
    try {
      await this.#connection.run("ROLLBACK");
    } catch {
      this.#connection.destroy();
    }
  }

  async applyRows(rows: readonly RowEvent[]): Promise<void> {
    await this.#savepoint();
    try {
      await this.#applyTogether(rows);
    } catch (error) {
      await this.#undo(error);
      await this.#applyAgain(rows, error);
    }
  }

  async #undo(error: unknown): Promise<void> {
    this.#rows.clear();
    if (this.isRetryable(error)) throw error;
    await this.#connection.run("ROLLBACK TO SAVEPOINT walbrook");
  }

  async #applyAgain(rows: readonly RowEvent[], error: unknown): Promise<void> {
    const { code } = error as { readonly code?: unknown };
    const fresh = rows.filter(({ relation: { oid } }) => !this.#full.has(oid));
    if (code === UNIQUE_VIOLATION && fresh.length > 0) {
      // The target has rows that the source inserts now: from here on they are replaced.
      for (const { relation } of fresh) this.#full.add(relation.oid);
      try {
        return await this.#applyTogether(rows);
      } catch (error) {
        await this.#undo(error);
      }
    }
    // One of them is rejected, or their order matters: apply them one by one.
    await this.#applyOneByOne(rows);
  }

  // Everything from here on may have to be repeated, one by one.
  async #savepoint(): Promise<void> {
    if (!this.#isFresh) {
      await this.#connection.run(
        "RELEASE SAVEPOINT walbrook; SAVEPOINT walbrook",
      );
    }
    this.#isFresh = false;
  }

  // If the order of changes does not matter, those of each table are applied together. If it
  // does, only consecutive inserts are, since they can't conflict with each other.
  async #applyTogether(rows: readonly RowEvent[]): Promise<void> {
    const open = new Set<PostgresRows>();
    let careful: PostgresRows | null = null;
    const flush = async () => {
      for (const one of open) await one.flush();
      open.clear();
      careful = null;
    };
    for (let i = 0; i < rows.length; i++) {
      const event = rows[i]!;
      const target = this.#rows.get(event.relation) ??
        await this.#rowsOf(event.relation);
      const isAlone = target.moves(event) ||
        (target.table.isCareful && event.kind !== "insert");
      const isNext = target.table.isCareful
        ? careful === target
        : careful === null;
      if (isAlone || !isNext) await flush();
      if (isAlone) {
        await this.#applyOne(target, event);
        continue;
      }
      target.add(event);
      open.add(target);
      if (target.table.isCareful) careful = target;
    }
    await flush();
  }

  async #applyOne(target: PostgresRows, event: RowEvent): Promise<void> {
    if (target.moves(event)) return await target.move(event);
    target.add(event);
    await target.flush();
  }

  async #applyOneByOne(rows: readonly RowEvent[]): Promise<void> {
    for (const [index, event] of rows.entries()) {
      try {
        await this.#applyOne(await this.#rowsOf(event.relation), event);
      } catch (error) {
        if (this.isRetryable(error)) throw error;
        throw new RowRefusedError(index, error);
      }
    }
  }

  async #rowsOf(relation: Relation): Promise<PostgresRows> {
    let rows = this.#rows.get(relation);
    if (rows === undefined) {
      const table = await this.#tables.prepare(relation);
      const copy = await this.#bookkeeping.copyOf(relation.oid);
      rows = new PostgresRows(this.#connection.query, table, {
        seen: copy?.seen ?? null,
        mayBeThere: this.#full.has(relation.oid),
      });
      this.#forget(relation);
      this.#rows.set(relation, rows);
    }
    return rows;
  }

  #forget({ oid }: Relation): void {
    for (const relation of this.#rows.keys()) {
      if (relation.oid === oid) this.#rows.delete(relation);
    }
  }

  async describe(event: RelationEvent): Promise<void> {
    this.#isFresh = false;
    this.#forget(event.relation);
    await this.#tables.follow(event);
  }

  async truncate(
    { relations, restartIdentity }: TruncateEvent,
  ): Promise<void> {
    this.#isFresh = false;
    const names = await this.#tables.existing(relations);
    if (names.length === 0) return;
    await this.#connection.run(
      `TRUNCATE ${names.join(", ")}${
        restartIdentity ? " RESTART IDENTITY" : ""
      }`,
    );
  }

  async beginCopy({ relation, run }: SnapshotBeginEvent): Promise<void> {
    this.#isFresh = false;
    // The copy may bring a row whose insert is in the stream, too.
    this.#full.add(relation.oid);
    const before = await this.#bookkeeping.copyOf(relation.oid);
    // A resumed copy already has its keys.
    if (before?.run === run) return;
    const { name, keys } = await this.#tables.prepare(relation);
    const { rows } = await this.#connection.query(
      `SELECT FROM ${name} LIMIT 1`,
    );
    // An empty table has no stale rows.
    const seen = rows.length === 0
      ? null
      : await this.#bookkeeping.makeSeen(relation.oid, { name, keys });
    await this.#bookkeeping.setCopy(relation.oid, { run, seen });
    this.#forget(relation);
  }

  async endCopy(
    { relation, run, aborted }: SnapshotEndEvent,
  ): Promise<void> {
    this.#isFresh = false;
    const copy = await this.#bookkeeping.copyOf(relation.oid);
    if (copy?.run !== run) return;
    if (copy.seen !== null) {
      if (aborted === null) {
        const { name, keys } = await this.#tables.prepare(relation);
        await this.#connection.runOverAll(sweepSql(name, copy.seen, keys));
      }
      await this.#connection.run(`DROP TABLE ${copy.seen}`);
    }
    await this.#bookkeeping.setCopy(relation.oid, { run, seen: null });
    this.#full.delete(relation.oid);
    this.#forget(relation);
  }

  isRetryable(error: unknown): boolean {
    return isRetryable(error);
  }

  close(): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }
}

const UNIQUE_VIOLATION = "23505";

// Whole classes: connection exceptions, transaction rollback (deadlocks), insufficient
// resources, operator intervention (a shutdown); and a lock that was not available.
const RETRYABLE = /^(?:08|40|53|57)...$|^55P03$/;

function isRetryable(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  const isSqlState = typeof code === "string" && /^[0-9A-Z]{5}$/.test(code);
  // An error that does not come from the server is a lost connection, unless it is a bug.
  return isSqlState ? RETRYABLE.test(code) : !(error instanceof TypeError);
}
