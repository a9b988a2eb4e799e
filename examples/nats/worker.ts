/**
 * A worker of the example `nats.ts`: it applies its share of the partitions to a copy, until
 * it is stopped. There may be as many workers as partitions, on any machine.
 *
 * ```sh
 * deno run -A examples/nats/worker.ts NAME COPY_URL NATS_URL
 * ```
 *
 * @module
 */
import process from "node:process";
import pg from "pg";
import { consumePartitions, postgresPartitions } from "@walbrook/nats";

/** The copy: each row as a document, under the text of its key. */
export const COPY = `CREATE TABLE IF NOT EXISTS documents (
  key text PRIMARY KEY, version text NOT NULL, row jsonb, worker text NOT NULL)`;

/** A change as `toJson()` writes it, with the text of its key. */
interface Change {
  readonly kind: string;
  readonly subject: string | null;
  readonly newRow?: unknown;
}

const PUT = `INSERT INTO documents VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET version = excluded.version, row = excluded.row, worker = excluded.worker`;

if (import.meta.main) {
  const [name = "worker", copyUrl = "", natsUrl = ""] = process.argv.slice(2);
  const pool = new pg.Pool({ connectionString: copyUrl });
  pool.on("error", () => {}); // the pool replaces a lost connection when it needs one
  const target = postgresPartitions(pool, async (client, changes) => {
    for (const { version, text } of changes) {
      const { kind, subject, newRow }: Change = JSON.parse(text);
      if (subject === null) continue; // no row: a logical message
      if (kind === "delete") {
        await client.query("DELETE FROM documents WHERE key = $1", [subject]);
      } else await client.query(PUT, [subject, version, newRow, name]);
    }
  });
  const worker = consumePartitions({
    connection: { servers: natsUrl },
    ...{ stream: "CDC", name, target, leaseMs: 2_000 },
  });
  // Standard input ends when the program that started this worker ends, or wants the worker
  // to end. Closing passes its partitions to the other workers at once.
  for await (const _ of process.stdin);
  await worker.close();
  await pool.end();
  process.exit(0);
}
