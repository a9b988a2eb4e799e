import type {
  ConnectionOptions,
  SubscribeOptions,
  Subscription,
} from "../../../mod.ts";
import type { ReplicationConnection } from "../../../src/replication_mod.ts";
import type { Context } from "./context.ts";
import { eventually } from "./expect.ts";

/** A table that is published and has a slot, for one case of one runtime. */
export class PublishedTable {
  /** The name of table, publication, slot and subscription. */
  readonly name: string;
  readonly #context: Context;
  readonly #connection: ReplicationConnection;

  private constructor(
    name: string,
    context: Context,
    connection: ReplicationConnection,
  ) {
    this.name = name;
    this.#context = context;
    this.#connection = connection;
  }

  /** Makes the table with the columns `id` and `body`, uses it, and removes it. */
  static async with(
    context: Context,
    purpose: string,
    use: (table: PublishedTable) => Promise<void>,
  ): Promise<void> {
    const name = `${context.runtime}_${purpose}`.toLowerCase().replace(" ", "");
    const connection = await context.connect(plain(context));
    const table = new PublishedTable(name, context, connection);
    try {
      await table.sql(
        "SET search_path = public; " +
          `CREATE TABLE ${name} (id int PRIMARY KEY, body text); ` +
          `ALTER TABLE ${name} ALTER body SET STORAGE EXTERNAL; ` +
          `CREATE PUBLICATION ${name} FOR TABLE ${name}`,
      );
      await connection.createReplicationSlot(name, { kind: "logical" });
      await use(table);
      await table.untilFree();
      await connection.dropReplicationSlot(name);
    } finally {
      await connection.close();
    }
  }

  /** Runs SQL; the first result's rows. */
  async sql(text: string): Promise<readonly (readonly (string | null)[])[]> {
    const [result] = await this.#connection.query(text);
    return result?.rows ?? [];
  }

  /** Follows the table. */
  async subscribe(
    options: Partial<SubscribeOptions> = {},
    connection: ConnectionOptions = plain(this.#context),
  ): Promise<Subscription> {
    return await this.#context.subscribe({
      connection: { ...connection, applicationName: this.name },
      slot: this.name,
      publication: this.name,
      ...options,
    });
  }

  /** Follows the table to the end of WAL; the ids of the rows that were inserted. */
  async insertedIds(connection?: ConnectionOptions): Promise<number[]> {
    const ids: number[] = [];
    const subscription = await this.subscribe({ until: "now" }, connection);
    for await (const event of subscription.readable) {
      if (event.kind === "insert") ids.push(Number(event.newRow["id"]));
    }
    return ids;
  }

  /** Waits until nobody streams from the slot. */
  async untilFree(): Promise<void> {
    await eventually(async () => {
      const [row] = await this.sql(
        `SELECT count(*) FROM pg_stat_replication WHERE application_name = '${this.name}'`,
      );
      return row?.[0] === "0";
    }, `the server still has a connection of ${this.name}`);
  }
}

/** How to connect without TLS. */
export function plain({ host, port }: Context): ConnectionOptions {
  return {
    host,
    port,
    user: "postgres",
    database: "postgres",
    sslmode: "disable",
    sslrootcert: "", // which a Worker's environment would set
  };
}

/** How to connect with TLS and a verified server. */
export function verified(context: Context): ConnectionOptions {
  // The runner has had the authority added to a Worker's list.
  const sslrootcert = context.runtime === "Workers"
    ? "system"
    : context.authority;
  return { ...plain(context), sslmode: "verify-full", sslrootcert };
}
