import type { ReplicationEvent } from "@walbrook/walbrook";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  deliver,
  type Delivery,
  DeliveryError,
  type Destination,
  memoryDeadLetters,
  type WriteFailure,
} from "@walbrook/walbrook/sink";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { ITEMS, rowOf, sourceOf, Workload } from "./workload.ts";
import { until } from "../helpers/until.ts";

const QUICK = { initialDelayMs: 1, maxDelayMs: 2 };

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A log with several writes under way: where one fails, all behind it do. */
class Log implements Destination {
  readonly name = "log";
  readonly order = "all";
  readonly concurrency = 4;
  readonly entries: string[] = [];
  readonly refused = new Set<number>();
  most = 0;
  #open = 0;
  #tail: Promise<boolean> = Promise.resolve(true);
  readonly #random: (below: number) => number;
  readonly #faults: number;

  constructor(seed: number, faults: number) {
    this.#random = randomNumbers(seed);
    this.#faults = faults;
  }

  async write(batch: readonly Delivery[]): Promise<readonly WriteFailure[]> {
    this.most = Math.max(this.most, ++this.#open);
    const before = this.#tail;
    let settle: (ok: boolean) => void = () => {};
    this.#tail = new Promise((resolve) => settle = resolve);
    const isAlone = this.#open === 1;
    await turn();
    try {
      if (!await before && !isAlone) throw new Error("behind a failed write");
      if (this.#random(100) < this.#faults) throw new Error("link lost");
      const failures: WriteFailure[] = [];
      for (const [index, { event, id }] of batch.entries()) {
        if ("newRow" in event && this.refused.has(rowOf(event).id)) {
          failures.push({ index, error: new Error("422"), retryable: false });
          break;
        }
        this.entries.push(id);
      }
      settle(failures.length === 0);
      return failures;
    } catch (error) {
      settle(false);
      throw error;
    } finally {
      this.#open--;
      if (this.#open === 0) this.#tail = Promise.resolve(true);
    }
  }
}

Deno.test('order "all" keeps the order of everything over several writes under way', async () => {
  const workload = new Workload();
  const batches = Array.from(
    { length: 60 },
    (_, i) => workload.transaction([i % 7, i % 5, i % 3]),
  );
  const source = sourceOf(batches);
  const log = new Log(11, 20);
  const sink = deliver(source, log, { batch: { items: 4 }, retry: QUICK });
  await sink.done;
  assertEquals(log.entries, log.entries.toSorted());
  assertEquals(new Set(log.entries).size, 180);
  assertEquals(log.entries.length, 180);
  assertEquals(source.acknowledged.length, 60);
  assert(log.most > 1 && log.most <= 4, `${log.most}`);
  assert(sink.report().destinations[0]!.retries > 0);
});

Deno.test('order "all" goes on behind poison, without its key', async () => {
  const workload = new Workload();
  const batches = Array.from(
    { length: 20 },
    (_, i) => workload.transaction([i, 3, i + 100]),
  );
  const log = new Log(5, 10);
  log.refused.add(3);
  const letters = memoryDeadLetters();
  const sink = deliver(sourceOf(batches), log, {
    batch: { items: 4 },
    retry: QUICK,
    poison: letters,
  });
  await sink.done;
  assertEquals(log.entries.length, 39);
  assertEquals(log.entries, log.entries.toSorted());
  assertEquals(letters.letters.length, 21);
  assertEquals(letters.letters[0]!.reason, "refused");
});

Deno.test('order "all" stops at poison: nothing behind it is acknowledged', async () => {
  const workload = new Workload();
  const source = sourceOf(
    [1, 2, 3, 4, 5].map((id) => workload.transaction([id])),
  );
  const log = new Log(5, 0);
  log.refused.add(3);
  const sink = deliver(source, log, { batch: { items: 1 } });
  await assertRejects(() => sink.done, DeliveryError, "public.items/3");
  assertEquals(source.acknowledged.length, 2);
});

/** Does each batch in a transaction of its own, and some in several batches. */
class Replica implements Destination {
  readonly name = "replica";
  readonly order = "transaction";
  readonly accepts = [
    ...["begin", "insert", "update", "delete", "truncate", "commit"] as const,
    ...["relation", "message", "read", "chunk"] as const,
    ...["snapshotBegin", "snapshotEnd"] as const,
  ];
  readonly committed: string[] = [];
  readonly batches: string[] = [];
  #open: string[] = [];
  readonly #fails: (batch: number) => boolean;

  constructor(fails: (batch: number) => boolean = () => false) {
    this.#fails = fails;
  }

  async write(batch: readonly Delivery[]): Promise<void> {
    await turn();
    const names = batch.map(({ event }) => nameOf(event));
    this.batches.push(names.join(" "));
    this.#open.push(...names);
    if (this.#fails(this.batches.length)) {
      this.#open = []; // rolled back
      throw new Error("connection lost");
    }
    if (
      !["commit", "chunk", "snapshotBegin"].includes(batch.at(-1)!.event.kind)
    ) {
      return;
    }
    this.committed.push(...this.#open);
    this.#open = [];
  }
}

function nameOf(event: ReplicationEvent): string {
  return "newRow" in event ? `${rowOf(event).id}` : event.kind;
}

Deno.test('order "transaction" groups whole transactions, from begin to commit', async () => {
  const workload = new Workload();
  const source = sourceOf(
    [[1, 2], [3], [4, 5], [6]].map((ids) => workload.transaction(ids)),
  );
  const replica = new Replica();
  await deliver(source, replica, { batch: { items: 7 } }).done;
  assertEquals(replica.batches[0]!.startsWith("begin 1 2 commit"), true);
  for (const batch of replica.batches) {
    assert(batch.startsWith("begin") && batch.endsWith("commit"), batch);
    assert(batch.split(" ").length <= 7, batch);
  }
  assertEquals(replica.committed.length, 14);
  assertEquals(source.acknowledged.length, 4);
});

Deno.test('order "transaction" writes a large transaction in parts, and begins it again after a failure', async () => {
  const workload = new Workload();
  const source = sourceOf([
    workload.transaction([90]),
    workload.transaction([1, 2, 3, 4, 5, 6, 7, 8]),
    workload.transaction([91]),
  ]);
  const replica = new Replica((batch) => batch === 3);
  await deliver(source, replica, { batch: { items: 4 }, retry: QUICK }).done;
  assertEquals(replica.committed, [
    ...["begin", "90", "commit"],
    ...["begin", "1", "2", "3", "4", "5", "6", "7", "8", "commit"],
    ...["begin", "91", "commit"],
  ]);
  assertEquals(replica.batches[1], "begin 1 2 3");
  assertEquals(replica.batches[3], "begin 1 2 3 4 5 6 7");
  assertEquals(source.acknowledged.length, 3);
});

Deno.test('order "transaction" says so where a transaction is too large to begin again', async () => {
  const workload = new Workload();
  const source = sourceOf([workload.transaction([1, 2, 3, 4, 5, 6, 7, 8])]);
  const replica = new Replica((batch) => batch === 4);
  const sink = deliver(source, replica, {
    batch: { items: 2 },
    pending: { items: 5 },
    retry: QUICK,
  });
  await assertRejects(
    () => sink.done,
    DeliveryError,
    "Cannot repeat a partly written transaction for replica",
  );
  assertEquals(source.acknowledged, []);
  assertEquals(replica.committed, []);
});

Deno.test('order "transaction" delivers a copy chunk by chunk, and acknowledges each', async () => {
  const place = (index: number) =>
    ({
      transaction: null,
      index,
      lsn: 0x10n,
      run: 1,
      relation: ITEMS,
    }) as const;
  const events = [
    { kind: "snapshotBegin", ...place(0) },
    { kind: "read", ...place(1), newRow: { id: 1, n: 1 } },
    { kind: "read", ...place(2), newRow: { id: 2, n: 1 } },
    { kind: "chunk", ...place(3) },
    { kind: "read", ...place(4), newRow: { id: 3, n: 1 } },
    { kind: "chunk", ...place(5) },
  ] as unknown as ReplicationEvent[];
  const source = sourceOf([events]);
  const replica = new Replica();
  await deliver(source, replica, { batch: { items: 2 } }).done;
  assertEquals(replica.committed, [
    ...["snapshotBegin", "1", "2", "chunk", "3", "chunk"],
  ]);
  assertEquals(source.acknowledged.map(({ kind }) => `${kind}`), [
    "chunk",
    "chunk",
  ]);
});

Deno.test('order "transaction" closes without waiting for a commit that has not come', async () => {
  const workload = new Workload();
  const events = workload.transaction([1, 2]);
  async function* unending(): AsyncGenerator<ReplicationEvent[]> {
    yield workload.transaction([5]);
    yield events.slice(0, -1);
    await new Promise(() => {});
  }
  const source = sourceOf(unending());
  const replica = new Replica();
  const sink = deliver(source, replica, { drainMs: 60_000 });
  await until(() => sink.report().acknowledged > 0);
  await turn();
  await sink.close();
  assertEquals(replica.committed, ["begin", "5", "commit"]);
  assertEquals(source.acknowledged.length, 1);
});

Deno.test('order "transaction" gets the ends of transactions, whatever it accepts', async () => {
  const workload = new Workload();
  const source = sourceOf([workload.transaction([1, 2])]);
  const written: string[] = [];
  await deliver(source, {
    name: "database",
    order: "transaction",
    write(batch) {
      written.push(...batch.map(({ event }) => event.kind));
      return Promise.resolve();
    },
  }).done;
  assertEquals(written, ["begin", "update", "update", "commit"]);
  assertEquals(source.acknowledged.length, 1);
});
