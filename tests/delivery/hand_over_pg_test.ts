import { assert, assertEquals } from "@std/assert";
import { subscribe, type Subscription } from "@walbrook/walbrook";
import { connectSql, testOnOldestAndNewest } from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";

const DEPLOYS = 4;

/** What one instance delivers, until it is closed. */
class Instance {
  readonly ids: number[] = [];
  readonly #opening: Promise<Subscription>;
  readonly #done: Promise<void>;
  isStreaming = false;

  constructor(url: string) {
    this.#opening = subscribe({
      connection: url,
      slot: { name: "s", create: true, wait: true },
      publication: "p",
      onStatus: ({ state }) => this.isStreaming = state === "streaming",
    });
    this.#done = this.#consume();
  }

  async #consume(): Promise<void> {
    for await (const event of await this.#opening) {
      if (event.kind === "insert") this.ids.push(Number(event.newRow["id"]));
    }
  }

  async close(): Promise<void> {
    await (await this.#opening).close();
    await this.#done;
  }
}

testOnOldestAndNewest(
  "rolling deploys lose nothing under load: the next instance waits, and takes over",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE t (id serial PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t",
    );
    const instances = [new Instance(server.url)];
    await until(() => instances[0]!.isStreaming);
    let isOver = false;
    const load = (async () => {
      await using writer = connectSql(server.url);
      while (!isOver) await writer("INSERT INTO t DEFAULT VALUES");
    })();
    const takeovers: number[] = [];
    try {
      for (let deploy = 0; deploy < DEPLOYS; deploy++) {
        const old = instances.at(-1)!;
        const next = new Instance(server.url);
        instances.push(next);
        await until(() => old.ids.length > 20);
        const start = performance.now();
        await old.close();
        await until(() => next.ids.length > 0);
        takeovers.push(performance.now() - start);
      }
    } finally {
      isOver = true;
      await load;
    }
    const count = Number(await sql.value("SELECT max(id) FROM t"));
    const last = instances.at(-1)!;
    await until(() => last.ids.at(-1) === count);
    await last.close();
    for (const { ids } of instances) {
      assert(ids.every((id, at) => at === 0 || id === ids[at - 1]! + 1));
    }
    const all = new Set(instances.flatMap(({ ids }) => ids));
    assertEquals(all.size, count);
    if (Deno.env.get("WALBROOK_FIGURES")) console.log(takeovers, count);
  },
);
