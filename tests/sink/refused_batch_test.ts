import type { ReplicationEvent } from "@walbrook/walbrook";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  deliver,
  type Delivery,
  DeliveryError,
  type Destination,
  DestinationError,
  memoryDeadLetters,
  type WriteFailure,
} from "@walbrook/walbrook/sink";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { rowOf, sourceOf, Workload } from "./workload.ts";

const QUICK = { initialDelayMs: 1, maxDelayMs: 2 };

interface ClosedStoreOptions {
  readonly order: "key" | "all";
  /** The rows that it refuses, as `id.n`. */
  readonly refused: ReadonlySet<string>;
  /** How many of a hundred writes fail otherwise. */
  readonly faults: number;
}

/** Refuses a batch as a whole, without a word about which delivery is at fault. */
class ClosedStore implements Destination {
  readonly name = "closed";
  readonly order: "key" | "all";
  readonly entries: string[] = [];
  readonly sizes: number[] = [];
  readonly #refused: ReadonlySet<string>;
  readonly #faults: number;
  readonly #random = randomNumbers(3);

  constructor({ order, refused, faults }: ClosedStoreOptions) {
    this.order = order;
    this.#refused = refused;
    this.#faults = faults;
  }

  write(batch: readonly Delivery[]): Promise<readonly WriteFailure[]> {
    this.sizes.push(batch.length);
    const dice = this.#random(100);
    if (dice < this.#faults / 2) return Promise.reject(new Error("link lost"));
    const names = batch.map(({ event }) => nameOf(event));
    if (names.some((name) => this.#refused.has(name))) {
      return Promise.reject(
        new DestinationError("422", { retryable: false }),
      );
    }
    if (dice < this.#faults) {
      // One of them fails alone; with order "all" nothing behind it is written.
      const index = this.#random(batch.length);
      const { key } = batch[index]!;
      this.entries.push(
        ...names.filter((_, i) =>
          i < index || (this.order === "key" && batch[i]!.key !== key)
        ),
      );
      return Promise.resolve([
        { index, error: new Error("busy"), retryable: true },
      ]);
    }
    this.entries.push(...names);
    return Promise.resolve([]);
  }
}

function nameOf(event: ReplicationEvent): string {
  const { id, n } = rowOf(event);
  return `${id}.${n}`;
}

const REFUSED = new Set(["3.2", "9.1", "9.3", "11.40"]);

for (const order of ["key", "all"] as const) {
  for (const faults of [0, 30]) {
    Deno.test(`a batch that is refused as a whole leaves its poison behind: order "${order}", ${faults} % of the writes fail`, async () => {
      const random = randomNumbers(7);
      const workload = new Workload();
      const batches = Array.from(
        { length: 150 },
        () => workload.transaction(Array.from({ length: 8 }, () => random(20))),
      );
      const source = sourceOf(batches);
      const store = new ClosedStore({ order, refused: REFUSED, faults });
      const letters = memoryDeadLetters();
      const sink = deliver(source, store, {
        ...{ lanes: 3, batch: { items: 50 }, retry: QUICK, poison: letters },
      });
      await sink.done;
      const kept = letters.letters.map(({ event }) => nameOf(event));
      assertEquals(
        letters.letters.filter(({ reason }) => reason === "refused")
          .map(({ event, error }) => `${nameOf(event)} ${error}`).toSorted(),
        ["11.40 422", "3.2 422", "9.1 422"],
      );
      for (const [id, count] of workload.counts) {
        const of = (names: readonly string[]) =>
          names.filter((name) => name.startsWith(`${id}.`));
        const all = Array.from({ length: count }, (_, i) => `${id}.${i + 1}`);
        // In order, each once: first what was delivered, then the letters.
        assertEquals([...of(store.entries), ...of(kept)], all);
      }
      assertEquals(source.acknowledged.length, 150);
      assert(store.sizes.includes(1));
      // A few writes for each one that is refused: without any, each transaction has one for
      // each lane.
      const { batches: writes, pending } = sink.report().destinations[0]!;
      assertEquals(pending, 0);
      if (faults === 0) assert(writes < 150 * 3 + 60, `${writes} writes`);
    });
  }
}

for (const order of ["key", "all"] as const) {
  Deno.test(`without a place for poison the delivery names the row of a refused batch: order "${order}"`, async () => {
    const workload = new Workload();
    const store = new ClosedStore({
      ...{ order, refused: new Set(["7.1"]), faults: 0 },
    });
    const source = sourceOf([workload.transaction([1, 2, 3, 7, 4, 5])]);
    const sink = deliver(source, store, { lanes: 1 });
    const error = await assertRejects(
      () => sink.done,
      DeliveryError,
      "Cannot deliver the update of public.items/7 (0000000000001100-00000003) to closed: 422",
    );
    assertEquals(error.key, "public.items/7");
    assertEquals(store.entries, ["1.1", "2.1", "3.1"]);
    assertEquals(source.acknowledged, []);
  });
}

Deno.test('order "transaction" ends where a batch is refused as a whole', async () => {
  const source = sourceOf([new Workload().transaction([1, 2])]);
  const sink = deliver(source, {
    name: "database",
    order: "transaction",
    write: () =>
      Promise.reject(new DestinationError("422", { retryable: false })),
  });
  await assertRejects(() => sink.done, DeliveryError, "database any more: 422");
  assertEquals(source.acknowledged, []);
});

for (const order of ["key", "all"] as const) {
  Deno.test(`a destination that is at its end makes no dead letters: order "${order}"`, async () => {
    const letters = memoryDeadLetters();
    const source = sourceOf([new Workload().transaction([1, 2])]);
    const sink = deliver(source, {
      ...{ name: "hook", order },
      write: () =>
        Promise.reject(new DestinationError("410 Gone", { fatal: true })),
    }, { poison: letters });
    await assertRejects(
      () => sink.done,
      DeliveryError,
      "hook any more: 410 Gone",
    );
    assertEquals([source.acknowledged, letters.letters], [[], []]);
  });
}

Deno.test("DestinationError() that is fatal can't be tried again", () => {
  const flags = (error: DestinationError) => [error.retryable, error.fatal];
  assertEquals(flags(new DestinationError("x")), [true, false]);
  assertEquals(
    flags(new DestinationError("x", { retryable: false })),
    [false, false],
  );
  assertEquals(flags(new DestinationError("x", { fatal: true })), [
    ...[false, true],
  ]);
});

/** Keeps the order of up to four concurrent writes; a refused row fails its whole batch. */
class RefusingLog implements Destination {
  readonly name = "log";
  readonly order = "all";
  readonly concurrency = 4;
  readonly entries: string[] = [];
  readonly sizes: number[] = [];
  /** The number of next writes to refuse, whatever they contain. */
  left = 0;
  readonly #refused: ReadonlySet<string>;
  #open = 0;
  #tail: Promise<boolean> = Promise.resolve(true);

  constructor(refused: ReadonlySet<string>) {
    this.#refused = refused;
  }

  async write(batch: readonly Delivery[]): Promise<void> {
    this.sizes.push(batch.length);
    const before = this.#open++ === 0 ? Promise.resolve(true) : this.#tail;
    const settled = Promise.withResolvers<boolean>();
    this.#tail = settled.promise;
    const names = batch.map(({ event }) => nameOf(event));
    try {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (!await before) throw new Error("after a failed write");
      if (this.left-- > 0 || names.some((name) => this.#refused.has(name))) {
        throw new DestinationError("422", { retryable: false });
      }
      this.entries.push(...names);
      settled.resolve(true);
    } catch (error) {
      settled.resolve(false);
      throw error;
    } finally {
      this.#open--;
    }
  }
}

Deno.test('order "all" finds the refused row, and repeats the writes that were under way after it', async () => {
  const workload = new Workload();
  const log = new RefusingLog(new Set(["3.1"]));
  const letters = memoryDeadLetters();
  const ids = Array.from({ length: 40 }, (_, id) => id);
  const sink = deliver(sourceOf([workload.transaction(ids)]), log, {
    ...{ batch: { items: 5 }, retry: QUICK, poison: letters },
  });
  await sink.done;
  assertEquals(letters.letters.map(({ event }) => nameOf(event)), ["3.1"]);
  assertEquals(
    log.entries,
    ids.filter((id) => id !== 3).map((id) => `${id}.1`),
  );
});

Deno.test('order "all" returns to full batches when the parts of a refused one pass', async () => {
  const log = new RefusingLog(new Set());
  log.left = 1;
  const ids = Array.from({ length: 40 }, (_, id) => id);
  const sink = deliver(sourceOf([new Workload().transaction(ids)]), log, {
    ...{ batch: { items: 10 }, retry: QUICK, poison: memoryDeadLetters() },
  });
  await sink.done;
  assertEquals(log.entries, ids.map((id) => `${id}.1`));
  assertEquals(log.sizes.slice(-3), [10, 10, 10]);
});
