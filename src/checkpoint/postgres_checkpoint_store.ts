import { formatLsn, INVALID_LSN, type Lsn, parseLsn } from "../lsn.ts";
import type { Checkpoint, CheckpointStore } from "../preflight/checkpoint.ts";
import { conflict } from "./fence.ts";

/** Runs statements: a `Pool` of `pg`, one of its clients, or something similar. */
export interface PostgresQueryable {
  /** Runs a statement with parameters `$1`, `$2` … in text format. */
  query(text: string, values?: readonly unknown[]): Promise<{
    readonly rows: readonly Readonly<Record<string, unknown>>[];
    readonly rowCount: number | null;
  }>;
}

/** Options for a {@linkcode PostgresCheckpointStore}. */
export interface PostgresCheckpointStoreOptions {
  /**
   * The schema of the table, which must exist.
   *
   * @default {"public"}
   */
  readonly schema?: string;
  /**
   * The table, which is created if missing.
   *
   * @default {"walbrook_checkpoint"}
   */
  readonly table?: string;
}

/**
 * Stores checkpoints in a PostgreSQL table, one row for each consumer.
 *
 * A consumer that writes to the same database can store its data and the checkpoint in one
 * transaction with {@linkcode PostgresCheckpointStore.saveIn}: then each change takes effect
 * exactly once, even after a crash. The position only moves forward, so a process that was
 * paused while another one took over is rejected, and rolls back.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { PostgresCheckpointStore } from "@walbrook/walbrook/checkpoint";
 * import pg from "pg";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://localhost/reports" });
 * const checkpoint = new PostgresCheckpointStore(pool, "turnover");
 * await using subscription = await subscribe({
 *   connection: "postgres://localhost/shop",
 *   ...{ slot: { name: "turnover", create: true }, publication: "shop" },
 *   ...{ checkpoint, snapshot: "initial" },
 * });
 * for await (const unit of subscription.transactions()) {
 *   const client = await pool.connect();
 *   await client.query("BEGIN");
 *   // … write what unit.changes says …
 *   await checkpoint.saveIn(client, subscription.checkpointAfter(unit));
 *   await client.query("COMMIT");
 *   client.release();
 * }
 * ```
 */
export class PostgresCheckpointStore implements CheckpointStore {
  readonly #pool: PostgresQueryable;
  readonly #consumer: string;
  readonly #table: string;
  // The names of this process, and of the process whose position it has loaded.
  readonly #writers: string[] = [crypto.randomUUID()];
  // The highest position that this process has found or written.
  #own: Lsn = INVALID_LSN;
  #isKeptWithData = false;

  /**
   * Creates a store; does not read or write anything yet.
   *
   * @param pool Connections to the database.
   * @param consumer The name of the consumer.
   * @param options The location of the table.
   */
  constructor(
    pool: PostgresQueryable,
    consumer: string,
    options: PostgresCheckpointStoreOptions = {},
  ) {
    const { schema = "public", table = "walbrook_checkpoint" } = options;
    this.#pool = pool;
    this.#consumer = consumer;
    this.#table = `${quoteName(schema)}.${quoteName(table)}`;
  }

  /** Loads the checkpoint, and creates the table if it is missing. */
  async load(): Promise<Checkpoint | null> {
    await this.#createTable();
    const { rows: [row] } = await this.#pool.query(
      `SELECT k.lsn::pg_catalog.text AS lsn, k.system_id, k.timeline,
        k.snapshot::pg_catalog.text AS snapshot, k.writer
      FROM ${this.#table} AS k WHERE k.consumer OPERATOR(pg_catalog.=) $1`,
      [this.#consumer],
    );
    if (row === undefined) return null;
    this.#own = parseLsn(String(row.lsn));
    this.#writers[1] = String(row.writer);
    const position = {
      lsn: this.#own,
      systemId: String(row.system_id),
      timeline: Number(row.timeline),
    };
    return row.snapshot === null
      ? position
      : { ...position, snapshot: JSON.parse(String(row.snapshot)) };
  }

  /**
   * Stores a checkpoint, unless the consumer has stored the same position or a higher one with
   * its data.
   *
   * @throws {CheckpointConflictError} If another process has stored the same or a later
   * position.
   */
  async save(checkpoint: Checkpoint): Promise<void> {
    if (this.#isOlder(checkpoint)) return;
    const isMoved = await this.#move(this.#pool, checkpoint);
    // The consumer may have moved it in the meantime.
    if (!isMoved && !this.#isOlder(checkpoint)) {
      throw conflict(this.#consumer, checkpoint.lsn);
    }
    if (checkpoint.lsn > this.#own) this.#own = checkpoint.lsn;
  }

  /**
   * Stores a checkpoint in your own transaction, which writes the data that belongs to it.
   *
   * @param client The connection on which the transaction is open.
   * @param checkpoint Created by `subscription.checkpointAfter()`.
   * @throws {CheckpointConflictError} If another process has stored the same or a later
   * position. Roll back the transaction: its effect is already in the database.
   */
  async saveIn(
    client: PostgresQueryable,
    checkpoint: Checkpoint,
  ): Promise<void> {
    if (!await this.#move(client, checkpoint)) {
      throw conflict(this.#consumer, checkpoint.lsn);
    }
    this.#isKeptWithData = true;
    this.#own = checkpoint.lsn;
  }

  #isOlder({ lsn }: Checkpoint): boolean {
    return lsn < this.#own || (this.#isKeptWithData && lsn === this.#own);
  }

  // The same rule as in mayReplace().
  async #move(
    client: PostgresQueryable,
    { lsn, systemId, timeline, snapshot }: Checkpoint,
  ): Promise<boolean> {
    const { rowCount } = await client.query(
      `INSERT INTO ${this.#table} AS kept
        (consumer, lsn, system_id, timeline, snapshot, writer)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (consumer) DO UPDATE SET lsn = excluded.lsn,
        system_id = excluded.system_id, timeline = excluded.timeline,
        snapshot = excluded.snapshot, writer = excluded.writer
      WHERE kept.lsn OPERATOR(pg_catalog.<) excluded.lsn
        OR (kept.lsn OPERATOR(pg_catalog.=) excluded.lsn
          AND kept.writer OPERATOR(pg_catalog.=) ANY (ARRAY[$6, $7]::pg_catalog.text[]))`,
      [
        ...[this.#consumer, formatLsn(lsn), systemId, timeline],
        snapshot === undefined ? null : JSON.stringify(snapshot),
        ...[this.#writers[0], this.#writers[1] ?? ""],
      ],
    );
    return rowCount === 1;
  }

  async #createTable(): Promise<void> {
    // CREATE TABLE IF NOT EXISTS requires the CREATE privilege even if the table exists.
    if (await this.#hasTable()) return;
    try {
      await this.#pool.query(
        `CREATE TABLE IF NOT EXISTS ${this.#table} (
          consumer pg_catalog.text PRIMARY KEY, lsn pg_catalog.pg_lsn NOT NULL,
          system_id pg_catalog.text NOT NULL, timeline pg_catalog.int4 NOT NULL,
          snapshot pg_catalog.jsonb, writer pg_catalog.text NOT NULL)`,
      );
    } catch (error) {
      // It also fails (23505) if another process creates the table at the same time.
      if (!await this.#hasTable()) throw error;
    }
  }

  async #hasTable(): Promise<boolean> {
    const { rows: [found] } = await this.#pool.query(
      "SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there",
      [this.#table],
    );
    return found?.there === true || found?.there === "t";
  }
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
