/**
 * A Cloudflare Worker that keeps a copy of tables, to be read at the edge: the existing
 * rows, over several runs if necessary, and then the changes. Every minute it reads the
 * changes since the last run, up to the end of the log, and disconnects; in between, the slot
 * stores the position.
 *
 * A Durable Object does the work and holds the copy. There is only one of it in the world, so
 * the slot never has two readers at a time. It stores its position in the same transaction of
 * its storage as the rows, so each change takes effect once.
 *
 * `wrangler.jsonc` beside this file configures the deployment, with the secrets
 * `DATABASE_URL` and `READ_TOKEN`, which readers have to send
 * (`Authorization: Bearer …`). The server's certificate has to come from a public authority.
 *
 * @module
 */
import {
  type Checkpoint,
  type CheckpointStore,
  subscribe,
} from "@walbrook/walbrook/workers";
import { type Storage, TableCopy, toText } from "./table_copy.ts";

/** What `wrangler.jsonc` binds. */
interface Env {
  readonly DATABASE_URL: string;
  readonly READ_TOKEN: string;
  readonly SLOT: string;
  readonly PUBLICATION: string;
  readonly REPLICA: {
    getByName(name: string): { fetch(request: Request): Promise<Response> };
  };
}

/** What is used of a Durable Object's state. */
interface State {
  readonly storage: Storage & {
    transaction<T>(work: (storage: Storage) => Promise<T>): Promise<T>;
  };
}

const POSITION = "position";
/** How long a run goes on with the copy of the tables, in milliseconds. */
const COPY_MS = 20_000;

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
    const table = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const rows = await new TableCopy(this.#storage).rows(table);
    return new Response(JSON.stringify(rows, toText), {
      headers: { "content-type": "application/json" },
    });
  }

  async #takeChanges(): Promise<number> {
    const end = Date.now() + COPY_MS;
    let transactions = 0;
    for (;;) {
      const { count, isCopied } = await this.#drainOnce();
      transactions += count;
      // The next run continues the copy where this one ends, in the middle of a table too.
      if (isCopied || Date.now() > end) return transactions;
    }
  }

  async #drainOnce(): Promise<{ count: number; isCopied: boolean }> {
    const subscription = await subscribe({
      connection: this.#env.DATABASE_URL,
      slot: { name: this.#env.SLOT, create: true },
      publication: this.#env.PUBLICATION,
      checkpoint: this.#checkpoint,
      snapshot: { when: "initial", chunkBytes: 1_000_000 },
      until: "now",
      onWarning: ({ message, hint }) => console.warn(message, hint),
    });
    let count = 0;
    for await (const unit of subscription.transactions()) {
      // How far the copy is belongs to the position.
      const position = subscription.checkpointAfter(unit);
      await this.#storage.transaction(async (storage) => {
        const copy = new TableCopy(storage);
        for (const change of unit.changes) await copy.apply(change);
        await storage.put(POSITION, position);
      });
      count++;
    }
    const isCopied = subscription.snapshots.every(({ state }) =>
      state === "done" || state === "aborted"
    );
    return { count, isCopied };
  }

  get #checkpoint(): CheckpointStore {
    const load = async (storage: Storage) =>
      await storage.get(POSITION) as Checkpoint | undefined ?? null;
    return {
      load: () => load(this.#storage),
      save: (checkpoint) =>
        this.#storage.transaction(async (storage) => {
          const kept = await load(storage);
          // The one that was kept with the rows may be as far, or further.
          if (kept !== null && kept.lsn >= checkpoint.lsn) return;
          await storage.put(POSITION, checkpoint);
        }),
    };
  }
}

// Hashes have the same length, and to compare them tells nothing of what they are of.
async function mayRead(request: Request, token: string): Promise<boolean> {
  const [given, expected] = await Promise.all(
    [request.headers.get("authorization") ?? "", `Bearer ${token}`].map(
      async (text) =>
        new Uint8Array(
          await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)),
        ),
    ),
  );
  return token !== "" && given!.every((byte, i) => byte === expected![i]);
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

  /** `GET /public.orders`: the rows of the copy. */
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method !== "GET") return new Response(null, { status: 405 });
    if (!await mayRead(request, env.READ_TOKEN ?? "")) {
      const headers = { "www-authenticate": "Bearer" };
      return new Response(null, { status: 401, headers });
    }
    return await env.REPLICA.getByName("the only one").fetch(request);
  },
};
