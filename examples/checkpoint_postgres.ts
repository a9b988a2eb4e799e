/**
 * Stores a consumer's position in the database that it writes to, in the same transaction
 * as its data: each transaction takes effect exactly once, whatever crashes. It starts its
 * own database, and ends by itself:
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
import { subscribe, type WholeTransaction } from "@walbrook/walbrook";
import {
  PostgresCheckpointStore,
  type PostgresQueryable,
} from "@walbrook/walbrook/checkpoint";
import pg from "pg";
import { runOnShop, SLOT } from "./checkpoint/shop_demo.ts";

/** What is used of a `Pool` of `pg`. */
export interface Pool extends PostgresQueryable {
  connect(): Promise<PostgresQueryable & { release(destroy?: boolean): void }>;
  end(): Promise<void>;
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
  work: (client: PostgresQueryable) => Promise<void>,
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
  client: PostgresQueryable,
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
      await store.saveIn(client, subscription.checkpointAfter(transaction));
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
