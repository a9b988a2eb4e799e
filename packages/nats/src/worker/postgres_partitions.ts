import type {
  PostgresClient,
  PostgresPool,
  PostgresResult,
} from "@walbrook/walbrook/apply";
import type {
  PartitionPosition,
  PartitionTarget,
  PartitionWork,
  ReceivedChange,
} from "./target.ts";

/** Writes changes within the transaction of a client. */
export type WriteChanges = (
  client: PostgresClient,
  changes: readonly ReceivedChange[],
  partition: number,
) => Promise<void>;

const TABLE = `CREATE TABLE IF NOT EXISTS walbrook_partitions (
  stream text NOT NULL,
  partition int NOT NULL,
  created text NOT NULL,
  sequence int8 NOT NULL,
  versions text NOT NULL,
  PRIMARY KEY (stream, partition)
)`;

/**
 * Applies the changes of partitions to a PostgreSQL database: the writes of your function and
 * the position, in the table `walbrook_partitions`, in one transaction.
 *
 * @example
 * ```ts
 * import { postgresPartitions } from "@walbrook/nats";
 * import pg from "pg";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://app@localhost/copy" });
 * const target = postgresPartitions(pool, async (client, changes) => {
 *   for (const { text } of changes) {
 *     await client.query("INSERT INTO log VALUES ($1)", [text]);
 *   }
 * });
 * console.log(typeof target.apply);
 * ```
 *
 * @param pool A `Pool` of `pg`.
 * @param write Writes changes, in order, with the given client. It must neither begin nor
 * commit.
 * @returns The target, for `consumePartitions()`.
 */
export function postgresPartitions(
  pool: PostgresPool,
  write: WriteChanges,
): PartitionTarget {
  return new PostgresPartitions(pool, write);
}

class PostgresPartitions implements PartitionTarget {
  readonly #pool: PostgresPool;
  readonly #write: WriteChanges;
  readonly #known = new WeakSet<PostgresClient>();
  #isReady = false;

  constructor(pool: PostgresPool, write: WriteChanges) {
    this.#pool = pool;
    this.#write = write;
  }

  load(
    { stream, partition }: { stream: string; partition: number },
  ): Promise<PartitionPosition | null> {
    return this.#within(async (client) => {
      if (!this.#isReady) {
        // Two transactions that create a table at the same time would fail.
        await client.query("SELECT pg_advisory_xact_lock(7714911)");
        await client.query(TABLE);
      }
      const row = await firstRow(client, SELECT, [stream, partition]);
      return row === undefined ? null : readPosition(row);
    }).then((position) => {
      this.#isReady = true;
      return position;
    });
  }

  apply(work: PartitionWork): Promise<boolean> {
    const { stream, partition, from, to, changes } = work;
    return this.#within(async (client) => {
      await client.query(
        `INSERT INTO walbrook_partitions VALUES ($1, $2, $3, 0, '{}') ON CONFLICT DO NOTHING`,
        [stream, partition, from.created],
      );
      const place = [stream, partition];
      const row = await firstRow(client, `${SELECT} FOR UPDATE`, place);
      const { created, sequence } = readPosition(row!);
      if (created !== from.created || sequence !== from.sequence) return false;
      if (changes.length > 0) await this.#write(client, changes, partition);
      await client.query(
        "UPDATE walbrook_partitions SET created = $3, sequence = $4, versions = $5 WHERE stream = $1 AND partition = $2",
        [...place, to.created, to.sequence, JSON.stringify(to.versions)],
      );
      return true;
    });
  }

  async #within<T>(run: (client: PostgresClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    if (!this.#known.has(client)) {
      this.#known.add(client);
      // On a lost connection, the next query fails.
      client.on?.("error", () => {});
    }
    let isBroken = true;
    try {
      await client.query("BEGIN");
      const result = await run(client);
      await client.query("COMMIT");
      isBroken = false;
      return result;
    } finally {
      // An open transaction ends with the connection.
      client.release(isBroken);
    }
  }
}

const SELECT =
  "SELECT created, sequence::text AS sequence, versions FROM walbrook_partitions WHERE stream = $1 AND partition = $2";

async function firstRow(
  client: PostgresClient,
  text: string,
  values: unknown[],
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const result = await client.query(text, values);
  return (result as PostgresResult).rows[0];
}

function readPosition(
  row: Readonly<Record<string, unknown>>,
): PartitionPosition {
  return {
    created: String(row["created"]),
    sequence: Number(row["sequence"]),
    versions: JSON.parse(String(row["versions"])),
  };
}
