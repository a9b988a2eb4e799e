/**
 * A Cloudflare Worker that keeps a copy of tables, for reading at the edge. Every
 * minute it takes what has changed since the last time, to the end of the log, and
 * hangs up; in between the slot remembers the position.
 *
 * A Durable Object does the work and holds the copy: there is one of it in the world, so
 * no two drains meet at the slot.
 *
 * `wrangler.jsonc` beside this file says how it is deployed, with the secret
 * `DATABASE_URL`; the server's certificate has to be one of a public authority.
 *
 * @module
 */
import {
  type Relation,
  type ReplicationEvent,
  type Row,
  subscribe,
  UNCHANGED,
} from "@walbrook/walbrook/workers";

/** What `wrangler.jsonc` binds. */
interface Env {
  readonly DATABASE_URL: string;
  readonly SLOT: string;
  readonly PUBLICATION: string;
  readonly REPLICA: {
    getByName(name: string): { fetch(request: Request): Promise<Response> };
  };
}

/** What is used of a Durable Object's state. */
interface State {
  readonly storage: {
    get(key: string): Promise<unknown>;
    put(key: string, value: unknown): Promise<void>;
    delete(key: string): Promise<unknown>;
    list(options: { prefix: string }): Promise<Map<string, unknown>>;
  };
}

/** The copy. */
export class Replica {
  readonly #storage: State["storage"];
  readonly #env: Env;
  #drain: Promise<number> | undefined;

  constructor(state: State, env: Env) {
    this.#storage = state.storage;
    this.#env = env;
  }

  async fetch(request: Request): Promise<Response> {
    if (request.method === "POST") {
      // Who comes while one is under way gets the result of that one.
      this.#drain ??= this.#takeChanges()
        .finally(() => this.#drain = undefined);
      return Response.json({ transactions: await this.#drain });
    }
    const prefix = `${new URL(request.url).pathname.slice(1)}/`;
    const rows = await this.#storage.list({ prefix });
    return new Response(JSON.stringify([...rows.values()], toText));
  }

  async #takeChanges(): Promise<number> {
    const subscription = await subscribe({
      connection: this.#env.DATABASE_URL,
      slot: { name: this.#env.SLOT, create: true },
      publication: this.#env.PUBLICATION,
      until: "now",
    });
    let transactions = 0;
    // A transaction counts as done when the next one is asked for; one that comes again
    // after a failure does the same once more.
    for await (const event of subscription) {
      await this.#apply(event);
      if (event.kind === "commit") transactions++;
    }
    return transactions;
  }

  async #apply(event: ReplicationEvent): Promise<void> {
    switch (event.kind) {
      case "insert":
        await this.#put(event.relation, event.newRow);
        break;
      case "update": {
        const before = keyOf(event.relation, event.key ?? event.newRow);
        const known = await this.#storage.get(before) as Row | undefined;
        await this.#storage.delete(before);
        await this.#put(event.relation, { ...known, ...sent(event.newRow) });
        break;
      }
      case "delete": {
        const row = event.key ?? event.oldRow ?? {};
        await this.#storage.delete(keyOf(event.relation, row));
        break;
      }
      case "truncate":
        for (const { name } of event.relations) {
          const rows = await this.#storage.list({ prefix: `${name}/` });
          for (const key of rows.keys()) await this.#storage.delete(key);
        }
    }
  }

  async #put(relation: Relation, row: Row): Promise<void> {
    await this.#storage.put(keyOf(relation, row), row);
  }
}

// The key's columns, in the table's order.
function keyOf({ name, columns }: Relation, row: Row): string {
  const values = columns.filter(({ isKey }) => isKey)
    .map((column) => String(row[column.name]));
  return `${name}/${JSON.stringify(values)}`;
}

// A large value that an update did not touch is not sent again.
function sent(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== UNCHANGED),
  );
}

// JSON has no bigint.
function toText(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

export default {
  /** Cron's minute. */
  async scheduled(_event: unknown, env: Env): Promise<void> {
    const replica = env.REPLICA.getByName("the only one");
    const response = await replica.fetch(
      new Request("https://replica/", { method: "POST" }),
    );
    console.log("drained", await response.text());
  },

  /** `GET /orders`: the rows of the copy. */
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method !== "GET") return new Response(null, { status: 405 });
    return await env.REPLICA.getByName("the only one").fetch(request);
  },
};
