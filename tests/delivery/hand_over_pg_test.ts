import { assert, assertEquals } from "@std/assert";
import { subscribe, type Subscription } from "@walbrook/walbrook";
import {
  connectSql,
  testOnOldestAndNewest,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";
import { rollDeploys } from "./hand_over/roll_deploys.ts";

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
    try {
      for (let deploy = 0; deploy < DEPLOYS; deploy++) {
        const old = instances.at(-1)!;
        const next = new Instance(server.url);
        instances.push(next);
        await until(() => old.ids.length > 20);
        await old.close();
        await until(() => next.ids.length > 0);
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
  },
);

// The long form is `deno task load:handover`.
testOnPostgres(
  "processes that replace each other under heavy load lose nothing",
  async ({ server }) => {
    const { lost, wrong, rows } = await rollDeploys(server, {
      ...{ deploys: 2, writers: 2, rowsEach: 200, heldMs: 500 },
    });
    assertEquals({ lost, wrong }, { lost: 0, wrong: 0 });
    assert(rows > 1_000, `${rows} rows`);
  },
  { majors: [18] },
);
