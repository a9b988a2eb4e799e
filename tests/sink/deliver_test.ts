import type { ReplicationEvent } from "@walbrook/walbrook";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  deliver,
  type DeliverOptions,
  type Delivery,
  DeliveryError,
  type Destination,
  DestinationError,
  memoryDeadLetters,
  type WriteFailure,
} from "@walbrook/walbrook/sink";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { ITEMS, type Place, rowOf, sourceOf, Workload } from "./workload.ts";
import { until } from "../helpers/until.ts";

const QUICK = { initialDelayMs: 1, maxDelayMs: 4 };

/** Keeps what it is given, as a table would. */
class Table implements Destination {
  readonly name = "table";
  /** The rows, by id. */
  readonly rows = new Map<number, number>();
  /** What was wrong: a change that came too early, too late, or twice. */
  readonly faults: string[] = [];
  /** The changes, in the order in which they were done. */
  readonly seen: string[] = [];
  /** How many writes are open, and how many were at most. */
  writing = 0;
  most = 0;
  readonly #ids = new Set<string>();

  async write(batch: readonly Delivery[]): Promise<void> {
    await this.during(() => {
      for (const delivery of batch) this.apply(delivery);
    });
  }

  async during(run: () => void): Promise<void> {
    this.writing++;
    this.most = Math.max(this.most, this.writing);
    await turn();
    run();
    await turn();
    this.writing--;
  }

  apply({ event, id }: Delivery): void {
    this.seen.push(id);
    if (event.kind === "truncate") {
      if (this.writing > 1) {
        this.faults.push(`${this.writing} open at a truncate`);
      }
      this.rows.clear();
      return;
    }
    if (!("newRow" in event)) return;
    const row = rowOf(event);
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    const before = this.rows.get(row.id) ?? row.n - 1;
    if (row.n !== before + 1) {
      this.faults.push(`row ${row.id}: ${row.n} came behind ${before}`);
    }
    this.rows.set(row.id, row.n);
  }
}

const silent = (): AsyncIterable<ReplicationEvent[]> => ({
  [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
});

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function truncate(place: Place): ReplicationEvent {
  return {
    kind: "truncate",
    ...place,
    table: null,
    relations: [ITEMS],
    cascade: false,
    restartIdentity: false,
    lsn: place.transaction.commitLsn,
  };
}

Deno.test("deliver() refuses a subscription that acknowledges by itself", () => {
  assertThrows(
    () =>
      deliver({ ...sourceOf([]), acknowledgement: "consumed" }, new Table()),
    TypeError,
    'subscribe with acknowledge: "manual"',
  );
});

const WRONG: readonly (readonly [string, DeliverOptions, string])[] = [
  ["lanes", { lanes: 0 }, "lanes of 0"],
  ["a batch", { batch: { items: 1.5 } }, "batch.items of 1.5"],
  ["a delay", { retry: { initialDelayMs: -1 } }, "initialDelayMs of -1"],
  ["attempts", { retry: { maxAttempts: NaN } }, "maxAttempts of NaN"],
];

for (const [name, options, message] of WRONG) {
  Deno.test(`deliver() refuses ${name} that can't be`, () => {
    assertThrows(
      () => deliver(sourceOf([]), new Table(), options),
      RangeError,
      message,
    );
  });
}

Deno.test("deliver() refuses dead letters for a destination of whole transactions", () => {
  const destination: Destination = {
    name: "replica",
    order: "transaction",
    write: () => Promise.resolve(),
  };
  assertThrows(
    () => deliver(sourceOf([]), destination, { poison: memoryDeadLetters() }),
    TypeError,
    'leave "poison" out',
  );
});

Deno.test("deliver() delivers everything, and acknowledges each transaction", async () => {
  const workload = new Workload();
  const batches = [[1, 2, 1], [3], [2, 2, 2]].map((ids) =>
    workload.transaction(ids)
  );
  const source = sourceOf(batches);
  const table = new Table();
  const sink = deliver(source, table);
  await sink.done;
  assertEquals(table.faults, []);
  assertEquals(table.rows, new Map([[1, 2], [2, 4], [3, 1]]));
  assertEquals(
    source.acknowledged.map(({ kind }) => kind),
    ["commit", "commit", "commit"],
  );
  const { state, acknowledged, destinations: [report] } = sink.report();
  assertEquals([state, acknowledged], ["closed", 3]);
  assertEquals([report!.delivered, report!.pending], [7, 0]);
  assertEquals(report!.oldestPendingMs, null);
  assertEquals(report!.lastFailure, null);
});

Deno.test("deliver() acknowledges a transaction only once all of it is durable", async () => {
  const workload = new Workload();
  const source = sourceOf([workload.transaction([1, 2])]);
  const release: (() => void)[] = [];
  const sink = deliver(source, {
    name: "slow",
    write: () => new Promise((resolve) => release.push(resolve)),
  }, { batch: { items: 1 }, lanes: 2 });
  await until(() => release.length >= 2);
  release[0]!();
  for (let i = 0; i < 5; i++) await turn();
  assertEquals(source.acknowledged, []);
  assert(sink.report().destinations[0]!.oldestPendingMs! > 0);
  release[1]!();
  await sink.done;
  assertEquals(source.acknowledged.length, 1);
});

Deno.test("deliver() acknowledges what was flushed, and not what was only written", async () => {
  const workload = new Workload();
  const source = sourceOf([
    workload.transaction([1, 2]),
    workload.transaction([3]),
  ]);
  const flush: (() => void)[] = [];
  const sink = deliver(source, {
    name: "file",
    write: () => Promise.resolve(),
    flush: () => new Promise((resolve) => flush.push(resolve)),
  });
  await until(() => flush.length > 0);
  for (let i = 0; i < 5; i++) await turn();
  assertEquals(source.acknowledged, []);
  await until(() => {
    flush.shift()?.();
    return source.acknowledged.length >= 2;
  });
  await sink.done;
});

// A destination that fails as real ones do, and the faults that must not come of it.
interface Misdeeds {
  readonly throws: number;
  readonly fails: number;
  readonly storesAndThrows: number;
}

class Unreliable extends Table {
  readonly #random: () => number;
  readonly #misdeeds: Misdeeds;

  constructor(random: () => number, misdeeds: Misdeeds) {
    super();
    this.#random = random;
    this.#misdeeds = misdeeds;
  }

  override async write(batch: readonly Delivery[]): Promise<never> {
    const failures: WriteFailure[] = [];
    const { throws, fails, storesAndThrows } = this.#misdeeds;
    await this.during(() => {
      if (this.#random() < throws) throw new Error("503");
      const failed = new Set<string | null>();
      batch.forEach((delivery, index) => {
        if (failed.has(delivery.key)) return;
        if (this.#random() < fails) {
          failed.add(delivery.key);
          failures.push({ index, error: new Error("429"), retryable: true });
        } else this.apply(delivery);
      });
      if (this.#random() < storesAndThrows) throw new Error("done, but 500");
    }).catch((error) => {
      this.writing--;
      throw error;
    });
    return failures as never;
  }
}

const SHAPES: readonly DeliverOptions[] = [
  { lanes: 1, batch: { items: 1 } },
  { lanes: 1, batch: { items: 20 } },
  { lanes: 7, batch: { items: 1 } },
  { lanes: 7, batch: { items: 20 }, pending: { items: 30 } },
  { lanes: 16, batch: { items: 5, lingerMs: 1 }, pending: { items: 200 } },
];

for (const shape of SHAPES) {
  const name = JSON.stringify(shape);
  Deno.test(`deliver() keeps the order of each key whatever fails: ${name}`, async () => {
    const numbers = randomNumbers(7);
    const random = () => numbers(1 << 30) / (1 << 30);
    const workload = new Workload();
    const batches: ReplicationEvent[][] = [];
    for (let i = 0; i < 60; i++) {
      const ids = Array.from(
        { length: 1 + Math.floor(random() * 8) },
        () => Math.floor(random() * 25),
      );
      batches.push(workload.transaction(ids));
    }
    const source = sourceOf(batches);
    const table = new Unreliable(random, {
      throws: 0.05,
      fails: 0.05,
      storesAndThrows: 0.05,
    });
    const sink = deliver(source, table, { ...shape, retry: QUICK });
    await sink.done;
    assertEquals(table.faults, []);
    assertEquals(table.rows, new Map(workload.counts));
    assertEquals(source.acknowledged.length, 60);
    assert(table.most <= shape.lanes!, `${table.most} writes at a time`);
    assert(sink.report().destinations[0]!.retries > 0);
  });
}

Deno.test("deliver() lets nothing overtake a truncate, nor be overtaken by it", async () => {
  const workload = new Workload();
  const batches = [
    workload.transaction([1, 2, 3, 4]),
    workload.transaction([5], (place) => [truncate(place)]),
    workload.transaction([1, 2]),
  ];
  const table = new Table();
  const sink = deliver(sourceOf([batches.flat()]), table, { lanes: 4 });
  await sink.done;
  assertEquals(table.faults, []);
  assertEquals(table.rows, new Map([[1, 2], [2, 2]]));
  assertEquals(sink.report().destinations[0]!.barriers, 1);
});

Deno.test("deliver() delivers an update that changes the key alone, between the changes of both keys", async () => {
  const workload = new Workload();
  const moved = (place: Place): ReplicationEvent[] => [{
    kind: "update",
    ...place,
    table: "public.items",
    relation: ITEMS,
    key: { id: 1 },
    oldRow: null,
    newRow: { id: 2, n: 1 },
    lsn: place.transaction.commitLsn,
  }];
  const order: string[] = [];
  let open = 0;
  const sink = deliver(
    sourceOf([[
      ...workload.transaction([1, 3, 4, 5], moved),
      ...workload.transaction([2, 1]),
    ]]),
    {
      name: "table",
      async write(batch) {
        open++;
        await turn();
        for (const { key } of batch) order.push(`${key}${open > 1 ? "" : "!"}`);
        open--;
      },
    },
    { lanes: 8 },
  );
  await sink.done;
  const at = order.indexOf("public.items/2!");
  assertEquals(at, 4, order.join());
  assertEquals(order.length, 7);
});

Deno.test("deliver() takes a table without a key for one key", async () => {
  const workload = new Workload();
  const log = {
    ...ITEMS,
    name: "log",
    replicaIdentity: "full",
    primaryKey: null,
  } as const;
  const batches = Array.from(
    { length: 50 },
    () =>
      workload.transaction([1, 2]).map((event) =>
        event.kind === "update"
          ? { ...event, table: "public.log", relation: log, key: null }
          : event
      ),
  );
  const table = new Table();
  const keys = new Set<string | null>();
  const sink = deliver(sourceOf(batches), {
    name: "log",
    write(batch) {
      for (const { key } of batch) keys.add(key);
      return table.write(batch);
    },
  }, { lanes: 8, batch: { items: 3 } });
  await sink.done;
  assertEquals(keys, new Set(["public.log"]));
  assertEquals(table.most, 1);
  assertEquals(table.seen.toSorted(), table.seen);
});

Deno.test("deliver() stops at poison, names it, and acknowledges nothing behind it", async () => {
  const workload = new Workload();
  const source = sourceOf([
    workload.transaction([1]),
    workload.transaction([7]),
    workload.transaction([7, 2]),
  ]);
  const sink = deliver(source, {
    name: "hook",
    write: (batch) =>
      Promise.resolve(
        batch.flatMap(({ event }, index) =>
          "newRow" in event && rowOf(event).id === 7
            ? [{ index, error: new Error("422 no sevens"), retryable: false }]
            : []
        ),
      ),
  });
  const error = await assertRejects(
    () => sink.done,
    DeliveryError,
    "Cannot deliver the update of public.items/7 (0000000000001200-00000000) to hook: 422 no sevens",
  );
  assertEquals(error.key, "public.items/7");
  assertEquals(error.destination, "hook");
  await source.cancelled;
  assertEquals(source.acknowledged.length, 1);
  assertEquals(sink.report().state, "failed");
});

Deno.test("deliver() waits as long as a destination asks for", async () => {
  const times: number[] = [];
  const sink = deliver(sourceOf([new Workload().transaction([1])]), {
    name: "hook",
    write() {
      times.push(performance.now());
      return times.length > 1 ? Promise.resolve() : Promise.reject(
        new DestinationError("429", { retryAfterMs: 60 }),
      );
    },
  }, { retry: QUICK });
  await sink.done;
  assert(times[1]! - times[0]! >= 59);
});

Deno.test("deliver() holds back the stream when too much is pending", async () => {
  const workload = new Workload();
  let made = 0;
  function* endless(): Generator<ReplicationEvent[]> {
    for (; made < 10_000; made++) yield workload.transaction([made]);
  }
  const source = sourceOf(endless());
  const sink = deliver(source, {
    name: "stuck",
    write: () => new Promise(() => {}),
  }, { pending: { items: 10 }, drainMs: 1 });
  await until(() => made >= 9);
  for (let i = 0; i < 50; i++) await turn();
  assert(made <= 11, `${made} transactions were taken`);
  assertEquals(sink.report().destinations[0]!.pending <= 10, true);
  await sink.close();
});

Deno.test("deliver() bounds what is pending by its bytes", async () => {
  const workload = new Workload();
  let made = 0;
  function* endless(): Generator<ReplicationEvent[]> {
    for (; made < 1_000; made++) {
      yield workload.transaction([made]).map((event) =>
        event.kind === "update"
          ? { ...event, newRow: { id: made, n: 1, text: "x".repeat(10_000) } }
          : event
      );
    }
  }
  const sink = deliver(sourceOf(endless()), {
    name: "stuck",
    write: () => new Promise(() => {}),
  }, { pending: { bytes: 100_000 }, drainMs: 1 });
  await until(() => made >= 9);
  for (let i = 0; i < 50; i++) await turn();
  assert(made <= 12, `${made} transactions were taken`);
  await sink.close();
});

Deno.test("deliver() cuts batches by items, bytes and distinct keys", async () => {
  const sizes: number[] = [];
  const keys: number[] = [];
  const workload = new Workload();
  const ids = [1, 2, 2, 3, 4, 5, 6, 7, 8, 9];
  const sink = deliver(sourceOf([workload.transaction(ids)]), {
    name: "bulk",
    distinctKeys: true,
    maxItems: 4,
    encode: () => "0123456789",
    sizeOf: (body: string) => body.length,
    write(batch) {
      sizes.push(batch.length);
      keys.push(new Set(batch.map(({ key }) => key)).size);
      return Promise.resolve();
    },
  }, { lanes: 1, batch: { bytes: 39 } });
  await sink.done;
  assertEquals(sizes, keys);
  assertEquals(sizes, [2, 3, 3, 2]);
});

Deno.test("deliver() lets a batch fill for as long as it may linger", async () => {
  const workload = new Workload();
  const batches = Array.from(
    { length: 10 },
    (_, i) => workload.transaction([i]),
  );
  async function* slowly(): AsyncGenerator<ReplicationEvent[]> {
    for (const batch of batches) {
      await turn();
      yield batch;
    }
    // The last batch is sent before the stream ends.
    await until(() => table.rows.size === 10);
  }
  const table = new Table();
  const sink = deliver(sourceOf(slowly()), table, {
    lanes: 1,
    // Far longer than the ten turns take.
    batch: { lingerMs: 1_000 },
  });
  await sink.done;
  assert(sink.report().destinations[0]!.batches <= 3);
  assertEquals(table.rows.size, 10);
});

Deno.test("deliver() calls what is too large for the destination poison before it is sent", async () => {
  const letters = memoryDeadLetters();
  const sent: number[] = [];
  const workload = new Workload();
  const sink = deliver(sourceOf([workload.transaction([1, 2, 3])]), {
    name: "small",
    maxDeliveryBytes: 5,
    encode: (event) => "x".repeat("newRow" in event ? rowOf(event).id * 2 : 0),
    sizeOf: (body: string) => body.length,
    write(batch) {
      for (const { body } of batch) sent.push(body.length);
      return Promise.resolve();
    },
  }, { poison: letters });
  await sink.done;
  assertEquals(sent.toSorted(), [2, 4]);
  assertEquals(
    letters.letters.map(({ keys, error, reason }) => [
      keys,
      error,
      reason,
    ]),
    [[
      ["public.items/3"],
      "It has 6 bytes, and the destination takes at most 5",
      "refused",
    ]],
  );
});

Deno.test("deliver() calls what can't be encoded poison", async () => {
  const workload = new Workload();
  const sink = deliver(sourceOf([workload.transaction([1])]), {
    name: "strict",
    encode: () => {
      throw new TypeError("no such column");
    },
    write: () => Promise.resolve(),
  });
  await assertRejects(() => sink.done, DeliveryError, "no such column");
});

Deno.test("deliver() delivers to several destinations, and acknowledges what is durable at all", async () => {
  const workload = new Workload();
  const source = sourceOf([
    workload.transaction([1]),
    workload.transaction([2]),
  ]);
  const [a, b] = [new Table(), new Table()];
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  const sink = deliver(source, [
    { destination: { name: "a", write: (batch) => a.write(batch) } },
    {
      destination: {
        name: "b",
        write: (batch) => held.then(() => b.write(batch)),
      },
      lanes: 1,
    },
  ]);
  await until(() => a.rows.size >= 2);
  assertEquals(source.acknowledged, []);
  release();
  await sink.done;
  assertEquals(source.acknowledged.length, 2);
  assertEquals(a.rows, b.rows);
  assertEquals(sink.report().destinations.map(({ name }) => name), ["a", "b"]);
});

Deno.test("deliver() refuses two destinations of one name", () => {
  assertThrows(
    () =>
      deliver(sourceOf([]), [
        { destination: new Table() },
        { destination: new Table() },
      ]),
    TypeError,
    'two destinations named "table"',
  );
});

Deno.test("close() lets what is on its way become durable, and takes nothing more", async () => {
  const workload = new Workload();
  let made = 0;
  function* endless(): Generator<ReplicationEvent[]> {
    for (;;) yield workload.transaction([++made]);
  }
  const source = sourceOf(endless());
  const table = new Table();
  const sink = deliver(source, table, { lanes: 2 });
  await until(() => table.rows.size >= 5);
  await sink.close();
  const { pending, delivered } = sink.report().destinations[0]!;
  assertEquals(pending, 0);
  // The last transaction may have been cut off before its commit.
  assert(source.acknowledged.length >= delivered - 1);
  const before = made;
  await source.cancelled;
  await sink.close();
  await sink.done;
  assertEquals(made, before);
});

Deno.test("close() leaves unacknowledged what does not become durable in time", async () => {
  const workload = new Workload();
  async function* unending(): AsyncGenerator<ReplicationEvent[]> {
    yield workload.transaction([1]);
    yield workload.transaction([2]);
    await new Promise(() => {});
  }
  const source = sourceOf(unending());
  let aborted = 0;
  const sink = deliver(source, {
    name: "stuck",
    write: (batch, { signal }) =>
      rowOf(batch[0]!.event).id === 1
        ? Promise.resolve()
        : new Promise((_, reject) =>
          signal.addEventListener("abort", () => {
            aborted++;
            reject(signal.reason);
          })
        ),
  }, { drainMs: 20, batch: { items: 1 } });
  await until(() => source.acknowledged.length > 0);
  await sink.close();
  assertEquals(source.acknowledged.length, 1);
  assertEquals(aborted, 1);
  await source.cancelled;
});

Deno.test("close() ends a delivery whose stream stands still", async () => {
  const source = sourceOf(silent());
  const sink = deliver(source, new Table());
  await turn();
  await sink.close();
  assertEquals(sink.report().state, "closed");
});

Deno.test("deliver() closes when its signal is aborted", async () => {
  const stop = new AbortController();
  const source = sourceOf(silent());
  const sink = deliver(source, new Table(), { signal: stop.signal });
  await turn();
  stop.abort();
  await sink.done;
  await source.cancelled;
});

Deno.test("deliver() ends with the stream's error, what came before it being acknowledged", async () => {
  const workload = new Workload();
  async function* broken(): AsyncGenerator<ReplicationEvent[]> {
    yield workload.transaction([1]);
    await turn();
    throw new Error("the slot is lost");
  }
  const source = sourceOf(broken());
  const table = new Table();
  const sink = deliver(source, table);
  await assertRejects(() => sink.done, Error, "the slot is lost");
  assertEquals(source.acknowledged.length, 1);
});

Deno.test("close() throws what ended the delivery, unless done told it", async () => {
  let refuse: (error: Error) => void = () => {};
  const destination: Destination = {
    name: "hook",
    write: () => new Promise((_, reject) => refuse = reject),
  };
  const error = new DestinationError("410", { retryable: false });
  const unseen = deliver(
    sourceOf([new Workload().transaction([1])]),
    destination,
  );
  await until(() => unseen.report().destinations[0]!.batches > 0);
  const closing = unseen.close();
  refuse(error);
  await assertRejects(() => closing, DeliveryError, "410");
  const seen = deliver(
    sourceOf([new Workload().transaction([1])]),
    destination,
  );
  await until(() => seen.report().destinations[0]!.batches > 0);
  refuse(error);
  await assertRejects(() => seen.done, DeliveryError, "410");
  await seen.close();
});

Deno.test("deliver() opens the destination before it takes an event", async () => {
  const source = sourceOf([new Workload().transaction([1])]);
  const sink = deliver(source, {
    name: "stream",
    open: () => Promise.reject(new Error("no stream takes the subject")),
    write: () => Promise.resolve(),
  });
  await assertRejects(() => sink.done, Error, "no stream takes the subject");
  assertEquals(source.pulled(), 0);
});

Deno.test("deliver() lets a gap through to a destination that understands it, and ends otherwise", async () => {
  const workload = new Workload();
  const gap = {
    kind: "gap",
    table: null,
    transaction: null,
    index: 0,
    reason: "slotMissing",
    message: "changes are lost",
    from: 0x1100n,
    to: null,
  } as unknown as ReplicationEvent;
  const batch = [
    ...workload.transaction([1, 2]),
    gap,
    ...workload.transaction([3]),
  ];
  const table = new Table();
  let rowsAtGap = 0;
  const told = deliver(sourceOf([batch]), {
    name: "table",
    write: (deliveries) => table.write(deliveries),
    gap() {
      rowsAtGap = table.rows.size;
      return Promise.resolve();
    },
  });
  await told.done;
  assertEquals([rowsAtGap, table.rows.size], [2, 3]);
  const source = sourceOf([batch]);
  const ended = deliver(source, new Table());
  await assertRejects(() => ended.done, DeliveryError, "changes are lost");
  assertEquals(source.acknowledged.length, 1);
});

Deno.test("deliver() refuses prepared transactions, which do not hold yet", async () => {
  const [begin] = new Workload().transaction([]);
  const prepared = { ...begin, kind: "beginPrepare" } as ReplicationEvent;
  const sink = deliver(sourceOf([[prepared]]), new Table());
  await assertRejects(() => sink.done, TypeError, "subscribe without twoPhase");
});

Deno.test("deliver() delivers messages by their prefix, and acknowledges those outside of transactions", async () => {
  const alone = {
    kind: "message",
    table: null,
    transaction: null,
    index: 0,
    prefix: "audit",
    content: new Uint8Array(),
    lsn: 0x10n,
  } as unknown as ReplicationEvent;
  const source = sourceOf([[alone]]);
  const keys: (string | null)[] = [];
  const sink = deliver(source, {
    name: "hook",
    write(batch) {
      for (const { key, id } of batch) keys.push(key, id);
      return Promise.resolve();
    },
  });
  await sink.done;
  assertEquals(keys, ["message:audit", "000000000000000e-00000000"]);
  assertEquals(source.acknowledged, [alone as never]);
});

Deno.test("deliver() tells of each write that failed", async () => {
  const told: unknown[] = [];
  let left = 2;
  const sink = deliver(sourceOf([new Workload().transaction([1, 2])]), {
    name: "hook",
    write: () =>
      left-- > 0 ? Promise.reject(new Error("503")) : Promise.resolve(),
  }, {
    lanes: 1,
    retry: QUICK,
    onFailure: ({ attempts, deliveries, next, key }) =>
      told.push([attempts, deliveries, next, key]),
  });
  await sink.done;
  assertEquals(told, [
    [1, 2, "retry", "public.items/1"],
    [2, 2, "retry", "public.items/1"],
  ]);
  const { lastFailure, retries } = sink.report().destinations[0]!;
  assertEquals(retries, 2);
  assertEquals((lastFailure!.error as Error).message, "503");
});

Deno.test("deliver() acknowledges in any order of completion, and each transaction once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat({ max: 9 }), { maxLength: 6 }), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      async (transactions, lanes, items) => {
        const workload = new Workload();
        const source = sourceOf(
          transactions.map((ids) => workload.transaction(ids)),
        );
        const table = new Table();
        await deliver(source, table, { lanes, batch: { items } }).done;
        assertEquals(table.faults, []);
        const ends = source.acknowledged.map((event) =>
          event.kind === "commit" ? event.endLsn : 0n
        );
        assertEquals(new Set(ends).size, transactions.length);
        assertEquals(ends.length, transactions.length);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("deliver() repeats a failed flush, and gives up in the end", async () => {
  for (const failing of [2, Infinity]) {
    const source = sourceOf([new Workload().transaction([1, 2])]);
    let flushes = 0;
    const sink = deliver(source, {
      name: "file",
      write: () => Promise.resolve(),
      flush: () =>
        ++flushes <= failing
          ? Promise.reject(new Error("disk full"))
          : Promise.resolve(),
    }, { retry: { ...QUICK, maxAttempts: 4 } });
    if (failing === 2) await sink.done;
    else await assertRejects(() => sink.done, DeliveryError, "disk full");
    assertEquals(source.acknowledged.length, failing === 2 ? 1 : 0);
    assertEquals(flushes, failing === 2 ? 3 : 4);
  }
});

Deno.test("deliver() leaves a key alone for as long as its destination asks, and continues with others", async () => {
  const written: (readonly [key: string | null, time: number])[] = [];
  const sink = deliver(sourceOf([new Workload().transaction([1, 2])]), {
    name: "hook",
    write(batch) {
      const isFirst = written.length === 0;
      const now = performance.now();
      written.push(...batch.map(({ key }) => [key, now] as const));
      const error = new Error("429");
      return Promise.resolve(
        isFirst ? [{ index: 0, error, retryable: true, retryAfterMs: 60 }] : [],
      );
    },
  }, { retry: QUICK, lanes: 1 });
  await sink.done;
  const [first, other, again] = written;
  assertEquals(written.map(([key]) => key), [first![0], other![0], first![0]]);
  assert(again![1] - first![1] >= 59);
});
