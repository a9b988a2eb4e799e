/**
 * Keeps a consumer's position in the database that it writes to, in the same transaction
 * as its data: each transaction has its effect exactly once, whatever crashes. It brings
 * its own database, and ends by itself:
 *
 * ```sh
 * deno run -A examples/checkpoint_postgres.ts
 * ```
 *
 * A process that was paused while another one took over finds that the position has moved
 * further than its own, and rolls back: it ends with a `CheckpointConflictError`.
 *
 * @module
 */
import {
  type Checkpoint,
  CheckpointConflictError,
  type CheckpointStore,
  formatLsn,
  INVALID_LSN,
  type Lsn,
  parseLsn,
  subscribe,
  type WholeTransaction,
} from "@walbrook/walbrook";
import pg from "pg";
import { runOnShop, SLOT } from "./checkpoint/shop_demo.ts";

/** What runs a query: a pool of connections, or one of them. */
export interface Queryable {
  query(text: string, values?: readonly unknown[]): Promise<{
    readonly rows: readonly Readonly<Record<string, unknown>>[];
    readonly rowCount: number | null;
  }>;
}

/** What is used of a `Pool` of `pg`, whose types are a package of their own. */
export interface Pool extends Queryable {
  connect(): Promise<Queryable & { release(destroy?: boolean): void }>;
  end(): Promise<void>;
}

/** Keeps a position in the table `checkpoint`, which it makes. */
export class PostgresCheckpointStore implements CheckpointStore {
  readonly #pool: Pool;
  readonly #consumer: string;
  // The highest position that this process has found or written.
  #own: Lsn = INVALID_LSN;

  /**
   * @param pool The database that the data is written to.
   * @param consumer Whose position it is.
   */
  constructor(pool: Pool, consumer: string) {
    this.#pool = pool;
    this.#consumer = consumer;
  }

  async load(): Promise<Checkpoint | null> {
    await this.#pool.query(`
      CREATE TABLE IF NOT EXISTS checkpoint (
        consumer text PRIMARY KEY,
        lsn pg_lsn NOT NULL,
        system_id text NOT NULL,
        timeline int NOT NULL
      )`);
    const { rows: [row] } = await this.#pool.query(
      "SELECT lsn, system_id, timeline FROM checkpoint WHERE consumer = $1",
      [this.#consumer],
    );
    if (row === undefined) return null;
    this.#own = parseLsn(String(row["lsn"]));
    return {
      lsn: this.#own,
      systemId: String(row["system_id"]),
      timeline: Number(row["timeline"]),
    };
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    // The subscription saves what is acknowledged, which may lag behind the data.
    if (checkpoint.lsn <= this.#own) return;
    const isMoved = await this.#move(this.#pool, checkpoint);
    // The consumer may have moved it in the meantime.
    if (!isMoved && checkpoint.lsn > this.#own) {
      throw this.#conflict(checkpoint);
    }
  }

  /**
   * Keeps a position in a transaction of the caller's.
   *
   * @param client The transaction in which the data is written.
   * @param checkpoint Where that transaction's source ends.
   * @throws {CheckpointConflictError} If another process has come as far. The transaction
   * is to be rolled back: its effect is there already.
   */
  async saveIn(client: Queryable, checkpoint: Checkpoint): Promise<void> {
    if (!await this.#move(client, checkpoint)) throw this.#conflict(checkpoint);
    this.#own = checkpoint.lsn;
  }

  // Never back, nor where it stands already: then another process was here.
  async #move(
    client: Queryable,
    { lsn, systemId, timeline }: Checkpoint,
  ): Promise<boolean> {
    const { rowCount } = await client.query(
      `
      INSERT INTO checkpoint AS kept VALUES ($1, $2, $3, $4)
      ON CONFLICT (consumer) DO UPDATE SET
        lsn = excluded.lsn,
        system_id = excluded.system_id,
        timeline = excluded.timeline
      WHERE kept.lsn < excluded.lsn`,
      [this.#consumer, formatLsn(lsn), systemId, timeline],
    );
    return rowCount === 1;
  }

  #conflict({ lsn }: Checkpoint): CheckpointConflictError {
    return new CheckpointConflictError(
      `Cannot move the position of "${this.#consumer}" to ${
        formatLsn(lsn)
      }: another process has come as far; let that one go on`,
    );
  }
}

interface Emitter {
  on(event: string, listener: () => void): void;
}

/** Opens connections to the database that the data is written to. */
export function openPool(url: string): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    // A process that is paused within a transaction holds up its heir no longer than that.
    idle_in_transaction_session_timeout: 10_000,
  });
  // A connection that breaks is no news: whatever is asked of it fails by itself.
  pool.on("error", () => {});
  pool.on("connect", (client: Emitter) => client.on("error", () => {}));
  return pool;
}

/** Does work in a transaction, which is rolled back if the work fails. */

export async function inTransaction(
  pool: Pool,
  work: (client: Queryable) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await work(client);
    await client.query("COMMIT");
    client.release();
  } catch (error) {
    // With the connection ends what was done on it.
    client.release(true);
    throw error;
  }
}

/** Adds up what was ordered: to do so twice would be wrong. */
async function addUp(
  client: Queryable,
  { changes }: WholeTransaction,
): Promise<void> {
  for (const change of changes) {
    if (change.kind !== "insert" || change.relation.name !== "orders") continue;
    await client.query(
      "UPDATE turnover SET orders = orders + 1, total = total + $1",
      [String(change.newRow["total"])],
    );
  }
}

async function follow(url: string): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const pool = stack.adopt(openPool(url), (pool) => pool.end());
  await pool.query(`
    CREATE TABLE IF NOT EXISTS turnover AS
    SELECT 0::bigint AS orders, 0::numeric AS total`);
  const store = new PostgresCheckpointStore(pool, "turnover");
  // Disposed before the pool, in which it saves its last position.
  const subscription = stack.use(
    await subscribe({
      connection: url,
      slot: SLOT,
      publication: "shop",
      until: "now",
      checkpoint: store,
    }),
  );
  let transactions = 0;
  for await (const transaction of subscription.transactions()) {
    await inTransaction(pool, async (client) => {
      await addUp(client, transaction);
      await store.saveIn(client, {
        ...subscription.system,
        lsn: transaction.endLsn,
      });
    });
    transactions++;
  }
  const { rows: [row] } = await pool.query(
    "SELECT orders, total FROM turnover",
  );
  console.log(`turnover: ${row?.["orders"]} orders, ${row?.["total"]}`);
  return transactions;
}

if (import.meta.main) await runOnShop(follow);
