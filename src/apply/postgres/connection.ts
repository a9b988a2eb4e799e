import type { PostgresClient, PostgresPool, PostgresResult } from "./client.ts";

// The settings on which the meaning of texts depends, and those that could end a transaction
// that only waits. With asynchronous commits, a crash of the target could lose acknowledged
// changes.
const SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ["search_path", "pg_catalog"],
  ["timezone", "UTC"],
  ["datestyle", "ISO"],
  ["intervalstyle", "postgres"],
  ["standard_conforming_strings", "on"],
  ["client_encoding", "UTF8"],
  ["statement_timeout", "0"],
  ["lock_timeout", "0"],
  ["idle_in_transaction_session_timeout", "0"],
  // Rows are found by their keys: for some thousands of them the planner would otherwise read
  // a whole table of moderate size, which takes more than twice as long.
  ["enable_seqscan", "off"],
  ["enable_hashjoin", "off"],
  ["enable_mergejoin", "off"],
];

/** A connection of a pool, which is replaced after it was lost. */
export class PostgresConnection {
  readonly #pool: PostgresPool;
  readonly #replicaRole: boolean;
  #client: PostgresClient | null = null;
  /** Runs a statement with parameters. */
  readonly query: (text: string, values?: unknown[]) => Promise<PostgresResult>;

  constructor(
    pool: PostgresPool,
    { replicaRole }: { readonly replicaRole: boolean },
  ) {
    this.#pool = pool;
    this.#replicaRole = replicaRole;
    this.query = async (text, values) => {
      const result = await this.#open.query(text, values);
      return Array.isArray(result) ? result.at(-1)! : result;
    };
  }

  /** Runs statements without parameters. */
  async run(text: string): Promise<void> {
    await this.#open.query(text);
  }

  /** Ensures that there is a connection that responds. */
  async open(): Promise<void> {
    // A connection that failed before is replaced.
    this.destroy();
    const client = await this.#pool.connect();
    client.on?.("error", () => {});
    this.#client = client;
    const settings = this.#replicaRole
      ? [...SETTINGS, ["session_replication_role", "replica"] as const]
      : SETTINGS;
    await this.run(
      settings.map(([name, value]) => `SET ${name} = '${value}'`).join("; "),
    );
    await this.run(
      `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`,
    );
  }

  /** Runs a statement that must read a whole table, within a transaction. */
  async runOverAll(text: string): Promise<void> {
    const set = (value: "on" | "off") =>
      ["seqscan", "hashjoin", "mergejoin"]
        .map((name) => `SET LOCAL enable_${name} = ${value}`).join("; ");
    await this.run(`${set("on")}; ${text}; ${set("off")}`);
  }

  /** Closes a connection that may be lost. */
  destroy(): void {
    this.#client?.release(true);
    this.#client = null;
  }

  /** Closes the connection: no other client may get its settings. */
  close(): void {
    this.destroy();
  }

  get #open(): PostgresClient {
    if (this.#client !== null) return this.#client;
    throw new Error("Cannot query the target: the connection is lost");
  }
}
