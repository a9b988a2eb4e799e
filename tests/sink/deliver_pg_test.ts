import { assert, assertEquals, assertRejects } from "@std/assert";
import { subscribe, type Subscription } from "@walbrook/walbrook";
import {
  deliver,
  type Delivery,
  DeliveryError,
  memoryDeadLetters,
  type WriteFailure,
} from "@walbrook/walbrook/sink";
import { outbox } from "@walbrook/walbrook/stages";
import { testOnOldestAndNewest } from "../helpers/postgres.ts";
import postgres from "postgres";
import { until } from "../helpers/until.ts";

function follow(url: string, more = {}): Promise<Subscription> {
  return subscribe({
    connection: url,
    slot: { name: "s", create: true, wait: true },
    publication: "p",
    acknowledge: "manual",
    until: "now",
    ...more,
  });
}

/** A table elsewhere that can tell a change it has had, by its id. */
class Elsewhere {
  readonly name = "elsewhere";
  readonly rows = new Map<string, unknown>();
  readonly ids = new Set<string>();
  repeated = 0;

  apply({ event, key, id }: Delivery): void {
    if (this.ids.has(id)) {
      this.repeated++;
      return;
    }
    this.ids.add(id);
    if (event.kind === "truncate") this.rows.clear();
    else if (event.kind === "delete") this.rows.delete(key!);
    else if (event.kind === "update" && event.key!.id !== event.newRow.id) {
      this.rows.delete(`public.t/${event.key!.id}`);
      this.rows.set(key!, event.newRow.v);
    } else if ("newRow" in event) this.rows.set(key!, event.newRow.v);
  }
}

testOnOldestAndNewest(
  "deliver() makes a copy that equals the table, although a fifth of its writes fail",
  async ({ server, sql }) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY, v int);
    CREATE PUBLICATION p FOR TABLE t`);
    await (await follow(server.url)).close();
    for (let round = 0; round < 40; round++) {
      await sql(`
      INSERT INTO t SELECT i, ${round} FROM generate_series(${round}, ${
        round + 9
      }) AS i ON CONFLICT (id) DO UPDATE SET v = excluded.v;
      UPDATE t SET v = v + 1 WHERE id % 3 = ${round % 3};
      DELETE FROM t WHERE id = ${round};
      UPDATE t SET id = id + 1000 WHERE id = ${round + 3};
      ${round === 20 ? "TRUNCATE t; INSERT INTO t VALUES (1, 1)" : ""}`);
    }
    const elsewhere = new Elsewhere();
    let writes = 0;
    const sink = deliver(await follow(server.url), {
      name: "elsewhere",
      write(batch) {
        writes++;
        if (writes % 5 === 0) return Promise.reject(new Error("503"));
        for (const delivery of batch) elsewhere.apply(delivery);
        return writes % 5 === 1
          ? Promise.reject(new Error("done, but 500"))
          : Promise.resolve();
      },
    }, { lanes: 4, batch: { items: 7 }, retry: { initialDelayMs: 1 } });
    await sink.done;
    const rows = await sql("SELECT id, v FROM t ORDER BY id");
    assertEquals(
      [...elsewhere.rows].map(([key, v]) => [key, v]).toSorted(),
      rows.map(({ id, v }) => [`public.t/${id}`, Number(v)]).toSorted(),
    );
    assert(elsewhere.repeated > 0);
    // Everything is acknowledged: nothing comes again.
    let again = 0;
    const next = deliver(await follow(server.url), {
      name: "again",
      write: (batch) => {
        again += batch.length;
        return Promise.resolve();
      },
    });
    await next.done;
    assertEquals(again, 0);
  },
);

testOnOldestAndNewest(
  "what deliver() stopped at comes again the next time, with the same id",
  async ({ server, sql }) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY, v int);
    CREATE PUBLICATION p FOR TABLE t`);
    await (await follow(server.url)).close();
    for (let id = 1; id <= 9; id++) {
      await sql(`INSERT INTO t VALUES (${id}, 0)`);
    }
    const seen: string[][] = [[], []];
    const write = (run: number) => (batch: readonly Delivery[]) => {
      const failures: WriteFailure[] = [];
      batch.forEach(({ event, key, id }, index) => {
        if (run === 0 && "newRow" in event && event.newRow.id === 5) {
          failures.push({ index, error: new Error("422"), retryable: false });
        } else seen[run]!.push(`${key} ${id}`);
      });
      return Promise.resolve(failures);
    };
    const options = { lanes: 1, batch: { items: 1 } };
    const first = deliver(
      await follow(server.url),
      { name: "hook", write: write(0) },
      options,
    );
    await assertRejects(() => first.done, DeliveryError, "public.t/5");
    assertEquals(seen[0]!.length, 4);
    const second = deliver(
      await follow(server.url),
      { name: "hook", write: write(1) },
      options,
    );
    await second.done;
    // Those before it were acknowledged.
    assertEquals(seen[1]!.map((one) => one.split(" ")[0]), [
      ...["public.t/5", "public.t/6", "public.t/7", "public.t/8", "public.t/9"],
    ]);
  },
);

testOnOldestAndNewest(
  "deliver() goes on past a dead letter, and replays it",
  async ({ server, sql }) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY, v int);
    CREATE PUBLICATION p FOR TABLE t`);
    await (await follow(server.url)).close();
    await sql("INSERT INTO t SELECT i, 0 FROM generate_series(1, 9) AS i");
    await sql("UPDATE t SET v = 1");
    const elsewhere = new Elsewhere();
    const letters = memoryDeadLetters();
    let refuses = true;
    const write = (batch: readonly Delivery[]) => {
      const failures: WriteFailure[] = [];
      const failed = new Set<string | null>();
      batch.forEach((delivery, index) => {
        const { key } = delivery;
        if (failed.has(key)) return;
        if (refuses && key === "public.t/5") {
          failed.add(key);
          failures.push({ index, error: new Error("422"), retryable: false });
        } else elsewhere.apply(delivery);
      });
      return Promise.resolve(failures);
    };
    const options = { poison: letters };
    const sink = deliver(
      await follow(server.url),
      { name: "hook", write },
      options,
    );
    await sink.done;
    assertEquals(elsewhere.rows.size, 8);
    assertEquals(letters.letters.length, 2);
    await sql("UPDATE t SET v = 2");
    refuses = false;
    await assertRejects(
      () => sink.replay("public.t/5"),
      DeliveryError,
      "the delivery has ended",
    );
    const later = deliver(
      await follow(server.url, { until: undefined }),
      { name: "hook", write },
      options,
    );
    await until(() => later.report().acknowledged > 0);
    assertEquals(elsewhere.rows.get("public.t/5"), undefined);
    assertEquals(await later.replay("public.t/5"), 3);
    await sql("UPDATE t SET v = 3 WHERE id = 5");
    await until(() => elsewhere.rows.get("public.t/5") === 3);
    await later.close();
    assertEquals(
      [...elsewhere.rows.values()].toSorted(),
      [...Array(8).fill(2), 3],
    );
    assertEquals(letters.letters, []);
  },
);

testOnOldestAndNewest(
  "outbox() sends what its transaction did, and nothing that was rolled back",
  async ({ server, sql }) => {
    const orders = outbox<{ "order.placed": { total: string } }>();
    await sql(`${orders.createTable};
    CREATE TABLE orders (id int PRIMARY KEY);
    CREATE PUBLICATION p FOR ALL TABLES`);
    await (await follow(server.url)).close();
    const client = postgres(server.url, { max: 1 });
    const query = (text: string, values: unknown[]) =>
      client.unsafe(text, values as never[]);
    const place = async (id: number, end: "COMMIT" | "ROLLBACK") => {
      await query("BEGIN", []);
      await query("INSERT INTO orders VALUES ($1)", [id]);
      const message = await orders.insert({ query }, {
        aggregateType: "order",
        aggregateId: `${id}`,
        type: "order.placed",
        payload: { total: `${id}.00` },
      });
      // Nobody has to clean up.
      await query("DELETE FROM outbox WHERE id = $1", [message]);
      await query(end, []);
    };
    try {
      await place(1, "COMMIT");
      await place(2, "ROLLBACK");
      await place(3, "COMMIT");
    } finally {
      await client.end();
    }
    const received: unknown[] = [];
    const sink = deliver(await follow(server.url), {
      name: "bus",
      write(batch) {
        for (const { event, key } of batch) {
          const message = orders.receive(event as never);
          received.push([key, message?.type, message?.payload.total]);
        }
        return Promise.resolve();
      },
    }, { stages: [orders.stage()], lanes: 1 });
    await sink.done;
    assertEquals(received, [
      ["public.outbox/order,1", "order.placed", "1.00"],
      ["public.outbox/order,3", "order.placed", "3.00"],
    ]);
  },
);
