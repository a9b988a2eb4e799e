/**
 * Keeps a consumer's position in the database that it writes to, in the same transaction
 * as its data: each transaction has its effect exactly once, whatever crashes. It brings
 * its own database, and ends by itself:
 *
 * ```sh
 * deno run -A examples/checkpoint_postgres.ts
 * ```
 *
 * @module
 */
import {
  type Checkpoint,
  type CheckpointStore,
  formatLsn,
  parseLsn,
  subscribe,
  type WholeTransaction,
} from "@walbrook/walbrook";
import postgres, { type ISql, type Sql } from "postgres";
import { runOnShop, SLOT } from "./checkpoint/shop_demo.ts";

/** Keeps a position in the table `checkpoint`, which it makes. */
export class PostgresCheckpointStore implements CheckpointStore {
  readonly #sql: Sql;
  readonly #consumer: string;

  /**
   * @param sql The database that the data is written to.
   * @param consumer Whose position it is.
   */
  constructor(sql: Sql, consumer: string) {
    this.#sql = sql;
    this.#consumer = consumer;
  }

  async load(): Promise<Checkpoint | null> {
    await this.#sql`
      CREATE TABLE IF NOT EXISTS checkpoint (
        consumer text PRIMARY KEY,
        lsn pg_lsn NOT NULL,
        system_id text NOT NULL,
        timeline int NOT NULL
      )`;
    const [row] = await this.#sql`
      SELECT lsn, system_id, timeline FROM checkpoint
      WHERE consumer = ${this.#consumer}`;
    if (row === undefined) return null;
    return {
      lsn: parseLsn(row["lsn"]),
      systemId: row["system_id"],
      timeline: row["timeline"],
    };
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    await this.saveIn(this.#sql, checkpoint);
  }

  /**
   * Keeps a position in a transaction of the caller's.
   *
   * @param sql The transaction in which the data is written.
   * @param checkpoint Where that transaction's source ends.
   */
  async saveIn(sql: ISql, checkpoint: Checkpoint): Promise<void> {
    const { lsn, systemId, timeline } = checkpoint;
    // The subscription saves what is acknowledged, which may lag behind the data.
    await sql`
      INSERT INTO checkpoint
      VALUES (${this.#consumer}, ${formatLsn(lsn)}, ${systemId}, ${timeline})
      ON CONFLICT (consumer) DO UPDATE SET
        lsn = GREATEST(checkpoint.lsn, excluded.lsn),
        system_id = excluded.system_id,
        timeline = excluded.timeline`;
  }
}

/** Adds up what was ordered: to do so twice would be wrong. */
async function addUp(sql: ISql, { changes }: WholeTransaction): Promise<void> {
  for (const change of changes) {
    if (change.kind !== "insert" || change.relation.name !== "orders") continue;
    await sql`
      UPDATE turnover
      SET orders = orders + 1, total = total + ${
      String(change.newRow["total"])
    }`;
  }
}

async function follow(url: string): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const sql = stack.adopt(
    postgres(url, { max: 2, onnotice: () => {} }),
    (client) => client.end({ timeout: 5 }),
  );
  await sql`
    CREATE TABLE IF NOT EXISTS turnover AS
    SELECT 0::bigint AS orders, 0::numeric AS total`;
  const store = new PostgresCheckpointStore(sql, "turnover");
  // Disposed before the client, which it saves its last position with.
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
    await sql.begin(async (sql) => {
      await addUp(sql, transaction);
      await store.saveIn(sql, {
        ...subscription.system,
        lsn: transaction.endLsn,
      });
    });
    transactions++;
  }
  const [row] = await sql`SELECT orders, total FROM turnover`;
  console.log(`turnover: ${row?.["orders"]} orders, ${row?.["total"]}`);
  return transactions;
}

if (import.meta.main) await runOnShop(follow);
