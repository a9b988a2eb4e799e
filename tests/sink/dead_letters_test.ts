import type { ReplicationEvent } from "@walbrook/walbrook";
import { assertEquals, assertRejects } from "@std/assert";
import {
  deliver,
  type Delivery,
  DeliveryError,
  type Destination,
  DestinationError,
  memoryDeadLetters,
  type Sink,
  type WriteFailure,
} from "@walbrook/walbrook/sink";
import { ITEMS, type Place, rowOf, sourceOf, Workload } from "./workload.ts";
import { until } from "../helpers/until.ts";

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Refuses some rows for as long as it is told to, and notes the others. */
class Picky implements Destination {
  readonly name = "picky";
  readonly refused = new Set<string>();
  readonly done: string[] = [];

  write(batch: readonly Delivery[]): Promise<readonly WriteFailure[]> {
    const failures: WriteFailure[] = [];
    const failed = new Set<string | null>();
    batch.forEach(({ event, key }, index) => {
      const name = nameOf(event);
      if (failed.has(key)) return;
      if (this.refused.has(name)) {
        failed.add(key);
        failures.push({ index, error: new Error("422"), retryable: false });
      } else this.done.push(name);
    });
    return Promise.resolve(failures);
  }
}

function nameOf(event: ReplicationEvent): string {
  if (!("newRow" in event)) return event.kind;
  const { id, n } = rowOf(event);
  return `${event.kind === "read" ? "read " : ""}${id}.${n}`;
}

// A stream that is fed by hand.
function feed() {
  const queue: ReplicationEvent[][] = [];
  let wake: () => void = () => {};
  let isOver = false;
  async function* batches(): AsyncGenerator<ReplicationEvent[]> {
    for (;;) {
      while (queue.length > 0) yield queue.shift()!;
      if (isOver) return;
      await new Promise<void>((resolve) => wake = resolve);
    }
  }
  return {
    source: sourceOf(batches()),
    push(...events: ReplicationEvent[]) {
      queue.push(events);
      wake();
    },
    end() {
      isOver = true;
      wake();
    },
  };
}

async function untilAcknowledged(sink: Sink, count: number): Promise<void> {
  await until(() => sink.report().acknowledged >= count);
}

function read(id: number, n: number): ReplicationEvent[] {
  const place = { transaction: null, index: 0, lsn: 0x10n, run: 1 } as const;
  return [
    { kind: "read", ...place, relation: ITEMS, newRow: { id, n } },
    { kind: "chunk", ...place, relation: ITEMS },
  ] as unknown as ReplicationEvent[];
}

Deno.test("a dead letter is kept before its transaction is acknowledged, and with it what comes behind", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.2");
  const kept: number[] = [];
  const { source, push, end } = feed();
  const sink = deliver(source, destination, {
    poison: {
      ...letters,
      async keep(more) {
        await turn();
        kept.push(source.acknowledged.length);
        await letters.keep(more);
      },
    },
  });
  push(...workload.transaction([7, 7, 1, 7]));
  await untilAcknowledged(sink, 1);
  push(...workload.transaction([7, 2]));
  end();
  await sink.done;
  assertEquals(kept[0], 0);
  assertEquals(destination.done.toSorted(), ["1.1", "2.1", "7.1"]);
  assertEquals(
    letters.letters.map((letter) => [
      nameOf(letter.event),
      letter.reason,
      letter.attempts,
      letter.destination,
    ]),
    [
      ["7.2", "refused", 1, "picky"],
      ["7.3", "behind", 0, "picky"],
      ["7.4", "behind", 0, "picky"],
    ],
  );
  const report = sink.report().destinations[0]!;
  assertEquals(report.parkedKeys, ["public.items/7"]);
  assertEquals([report.deadLetters, report.pending], [3, 0]);
  assertEquals(source.acknowledged.length, 2);
});

Deno.test("a function is told of each dead letter", async () => {
  const told: string[] = [];
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.1");
  const sink = deliver(
    sourceOf([workload.transaction([7, 1, 7])]),
    destination,
    {
      poison: (letter) => {
        told.push(`${nameOf(letter.event)} ${letter.error}`);
        return Promise.resolve();
      },
    },
  );
  await sink.done;
  assertEquals(told, [
    "7.1 422",
    "7.2 An earlier change of its key was rejected",
  ]);
});

Deno.test("deliver() stops where a dead letter can't be kept", async () => {
  const workload = new Workload();
  const source = sourceOf([workload.transaction([7])]);
  const destination = new Picky();
  destination.refused.add("7.1");
  const sink = deliver(source, destination, {
    poison: () => Promise.reject(new Error("disk full")),
  });
  await assertRejects(() => sink.done, DeliveryError, "disk full");
  assertEquals(source.acknowledged, []);
});

Deno.test("deliver() takes what was tried too often for poison", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  let attempts = 0;
  const sink = deliver(sourceOf([workload.transaction([1])]), {
    name: "down",
    write: () => {
      attempts++;
      return Promise.reject(new Error("503"));
    },
  }, { poison: letters, retry: { maxAttempts: 3, initialDelayMs: 1 } });
  await sink.done;
  assertEquals(attempts, 3);
  assertEquals(
    letters.letters.map(({ attempts, error }) => [attempts, error]),
    [
      [3, "503"],
    ],
  );
});

Deno.test("a key that an earlier run parked is parked from the beginning", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.1");
  await deliver(sourceOf([workload.transaction([7])]), destination, {
    poison: letters,
  }).done;
  destination.refused.clear();
  const sink = deliver(
    sourceOf([workload.transaction([7, 1])]),
    destination,
    { poison: letters },
  );
  await sink.done;
  assertEquals(destination.done, ["1.1"]);
  assertEquals(letters.letters.map(({ event }) => nameOf(event)), [
    "7.1",
    "7.2",
  ]);
});

Deno.test("replay() delivers the letters of a key in order, then lets the key through", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.1").add("8.1");
  const { source, push, end } = feed();
  const sink = deliver(source, destination, { poison: letters });
  push(...workload.transaction([7, 8, 7]));
  await untilAcknowledged(sink, 1);
  destination.refused.clear();
  assertEquals(await sink.replay("public.items/7"), 2);
  assertEquals(destination.done, ["7.1", "7.2"]);
  assertEquals(sink.report().destinations[0]!.parkedKeys, ["public.items/8"]);
  assertEquals(letters.letters.map(({ event }) => nameOf(event)), ["8.1"]);
  push(...workload.transaction([7, 8]));
  end();
  await sink.done;
  assertEquals(destination.done, ["7.1", "7.2", "7.3"]);
  assertEquals(await sink.replay("public.items/9"), 0);
});

Deno.test("replay() keeps a key whose letter is refused again", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.2");
  const { source, push, end } = feed();
  const sink = deliver(source, destination, { poison: letters });
  push(...workload.transaction([7, 7, 7]));
  await untilAcknowledged(sink, 1);
  await assertRejects(
    () => sink.replay("public.items/7"),
    DeliveryError,
    "Cannot replay",
  );
  assertEquals(letters.letters.length, 2);
  push(...workload.transaction([7]));
  end();
  await sink.done;
  assertEquals(destination.done, ["7.1"]);
  assertEquals(letters.letters.length, 3);
});

Deno.test("changes that come during a replay are delivered behind it", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.1");
  let go: () => void = () => {};
  const held = new Promise<void>((resolve) => go = resolve);
  const { source, push, end } = feed();
  let isSlow = false;
  const sink = deliver(source, {
    name: "picky",
    async write(batch) {
      if (isSlow) await held;
      return await destination.write(batch);
    },
  }, { poison: letters });
  push(...workload.transaction([7]));
  await untilAcknowledged(sink, 1);
  destination.refused.clear();
  isSlow = true;
  const replayed = sink.replay("public.items/7");
  push(...workload.transaction([7, 7]));
  for (let i = 0; i < 20; i++) await turn();
  go();
  assertEquals(await replayed, 1);
  push(...workload.transaction([7]));
  end();
  await sink.done;
  assertEquals(destination.done, ["7.1", "7.2", "7.3", "7.4"]);
  assertEquals(letters.letters, []);
  assertEquals(sink.report().destinations[0]!.parkedKeys, []);
});

Deno.test("release() lets a key through without its letters", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.1");
  const { source, push, end } = feed();
  const sink = deliver(source, destination, { poison: letters });
  push(...workload.transaction([7, 7]));
  await untilAcknowledged(sink, 1);
  assertEquals(await sink.release("public.items/7"), true);
  assertEquals(await sink.release("public.items/7"), false);
  assertEquals(letters.letters, []);
  push(...workload.transaction([7]));
  end();
  await sink.done;
  assertEquals(destination.done, ["7.3"]);
});

Deno.test("a copied row makes a key good again: its letters are void", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.1");
  const { source, push, end } = feed();
  const sink = deliver(source, destination, { poison: letters });
  push(...workload.transaction([7, 7]));
  await untilAcknowledged(sink, 1);
  assertEquals(letters.letters.length, 2);
  push(...read(7, 2), ...workload.transaction([7]));
  end();
  await sink.done;
  assertEquals(destination.done, ["read 7.2", "7.3"]);
  assertEquals(letters.letters, []);
});

Deno.test("an update that changes a key ties both keys together", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.1");
  const move = (place: Place): ReplicationEvent[] => [{
    kind: "update",
    ...place,
    table: "public.items",
    relation: ITEMS,
    key: { id: 7 },
    oldRow: null,
    newRow: { id: 8, n: 90 },
    lsn: place.transaction.commitLsn,
  }];
  const { source, push, end } = feed();
  const sink = deliver(source, destination, { poison: letters });
  push(...workload.transaction([7, 8], move));
  await untilAcknowledged(sink, 1);
  push(...workload.transaction([8, 7, 9]));
  await untilAcknowledged(sink, 2);
  assertEquals(destination.done, ["8.1", "9.1"]);
  destination.refused.clear();
  assertEquals(await sink.replay("public.items/8"), 4);
  end();
  await sink.done;
  assertEquals(destination.done, ["8.1", "9.1", "7.1", "8.90", "8.2", "7.2"]);
  assertEquals(letters.letters, []);
});

Deno.test("a refused truncate stops, since every row would be out of order behind it", async () => {
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("truncate");
  const sink = deliver(
    sourceOf([workload.transaction([1], (place) => [{
      kind: "truncate",
      ...place,
      table: null,
      relations: [ITEMS],
      cascade: false,
      restartIdentity: false,
      lsn: place.transaction.commitLsn,
    }])]),
    destination,
    { poison: memoryDeadLetters() },
  );
  await assertRejects(() => sink.done, DeliveryError, "the truncate");
});

Deno.test("deliver() stops once too many keys are parked", async () => {
  const workload = new Workload();
  const sink = deliver(sourceOf([workload.transaction([1, 2, 3])]), {
    name: "shut",
    write: (batch) =>
      Promise.resolve(batch.map((_, index) => ({
        index,
        error: new Error("422"),
        retryable: false,
      }))),
  }, { poison: memoryDeadLetters(), maxParkedKeys: 2 });
  await assertRejects(() => sink.done, DeliveryError, "more than 2 keys");
});

Deno.test("replay() delivers a letter that was kept twice only once, and deletes it when that is durable", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.1");
  await deliver(sourceOf([workload.transaction([7])]), destination, {
    poison: letters,
  }).done;
  // Keeps the letter twice, as after a crash before its transaction was acknowledged.
  await letters.keep(letters.letters);
  destination.refused.clear();
  const log: string[] = [];
  const { source, end } = feed();
  const sink = deliver(source, {
    name: "picky",
    write: (batch) => (log.push("write"), destination.write(batch)),
    flush: () => (log.push("flush"), turn()),
  }, {
    poison: {
      ...letters,
      release: (...of) => (log.push("release"), letters.release(...of)),
    },
  });
  await until(() => sink.report().destinations[0]!.parkedKeys.length > 0);
  assertEquals(await sink.replay("public.items/7"), 1);
  assertEquals(log, ["write", "flush", "release"]);
  assertEquals(destination.done, ["7.1"]);
  end();
  await sink.done;
});

Deno.test("the letters of another destination neither park a key nor are replayed", async () => {
  const letters = memoryDeadLetters();
  const other = new Workload();
  // The later deliveries thus have other ids than those of the second workload.
  other.transaction([1]);
  const refusing = new Picky();
  for (const name of ["7.1", "8.1"]) refusing.refused.add(name);
  await deliver(
    sourceOf([other.transaction([7, 8])]),
    { name: "other", write: (batch) => refusing.write(batch) },
    { poison: letters },
  ).done;
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.1");
  const { source, push, end } = feed();
  const sink = deliver(source, destination, { poison: letters });
  push(...workload.transaction([7, 8]));
  await untilAcknowledged(sink, 1);
  assertEquals(destination.done, ["8.1"]);
  destination.refused.clear();
  assertEquals(await sink.replay("public.items/7"), 1);
  assertEquals(destination.done, ["8.1", "7.1"]);
  assertEquals(letters.letters.map(({ destination }) => destination), [
    "other",
    "other",
  ]);
  end();
  await sink.done;
});

Deno.test("a change that is rejected while its key is replayed keeps the key parked", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.1").add("7.2");
  const gate = Promise.withResolvers<void>();
  let isSlow = false;
  const { source, push, end } = feed();
  const sink = deliver(source, {
    name: "picky",
    async write(batch) {
      if (isSlow) await gate.promise;
      return await destination.write(batch);
    },
  }, { poison: letters });
  push(...workload.transaction([7]));
  await untilAcknowledged(sink, 1);
  destination.refused.delete("7.1");
  isSlow = true;
  const replayed = sink.replay("public.items/7");
  push(...workload.transaction([7, 7, 7]));
  for (let i = 0; i < 20; i++) await turn();
  gate.resolve();
  assertEquals(await replayed, 1);
  end();
  await sink.done;
  assertEquals(destination.done, ["7.1"]);
  assertEquals(letters.letters.map(({ event }) => nameOf(event)), [
    ...["7.2", "7.3", "7.4"],
  ]);
  assertEquals(sink.report().destinations[0]!.parkedKeys, ["public.items/7"]);
});

Deno.test("a copied row that is rejected is a dead letter", async () => {
  const letters = memoryDeadLetters();
  const destination = new Picky();
  destination.refused.add("read 7.1");
  const source = sourceOf([read(7, 1), new Workload().transaction([7])]);
  const sink = deliver(source, destination, { poison: letters });
  await sink.done;
  assertEquals(letters.letters.map(({ reason }) => reason), [
    ...["refused", "behind"],
  ]);
});

Deno.test("replay() is rejected where the delivery ends before its turn", async () => {
  const letters = memoryDeadLetters();
  const workload = new Workload();
  const destination = new Picky();
  destination.refused.add("7.1").add("8.1");
  const gate = Promise.withResolvers<never>();
  let isOver = false;
  const { source, push } = feed();
  const sink = deliver(source, {
    name: "picky",
    write: (batch) => isOver ? gate.promise : destination.write(batch),
  }, { poison: letters });
  push(...workload.transaction([7, 8]));
  await untilAcknowledged(sink, 1);
  isOver = true;
  const replays = ["public.items/7", "public.items/8"].map((key) =>
    assertRejects(() => sink.replay(key), DeliveryError)
  );
  const ended = assertRejects(() => sink.done, DeliveryError, "closed");
  gate.reject(new DestinationError("closed", { fatal: true }));
  await Promise.all([...replays, ended]);
});
