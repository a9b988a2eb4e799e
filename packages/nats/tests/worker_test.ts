import { assert, assertEquals } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import {
  consumePartitions,
  jetstream,
  type PartitionPosition,
  type PartitionTarget,
  type PartitionWorker,
  type ReceivedChange,
} from "@walbrook/nats";
import { deliver } from "@walbrook/walbrook/sink";
import { sourceOf, Workload } from "../../../tests/sink/workload.ts";
import { planLeases } from "../src/worker/share.ts";
import { type PartitionMessage, selectNew } from "../src/worker/select_new.ts";
import { connectTo, type NatsServer, testOnNats } from "./nats_server.ts";
import { countsByRow } from "./stored.ts";

/** A target in memory that all workers share, as a database is. */
class Memory implements PartitionTarget {
  readonly texts: string[] = [];
  readonly positions = new Map<number, PartitionPosition>();
  fails = 0;

  load({ partition }: { readonly partition: number }) {
    return Promise.resolve(this.positions.get(partition) ?? null);
  }

  async apply(work: Parameters<PartitionTarget["apply"]>[0]) {
    const { partition, from, to, changes } = work;
    await turn();
    if (this.fails-- > 0) throw new Error("The target is down");
    const kept = this.positions.get(partition);
    if (kept !== undefined && kept.sequence !== from.sequence) return false;
    this.positions.set(partition, to);
    this.texts.push(...changes.map(({ text }: ReceivedChange) => text));
    return true;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

function work(
  server: NatsServer,
  target: PartitionTarget,
  name: string,
): PartitionWorker {
  return consumePartitions({
    connection: { servers: server.url },
    ...{ stream: "CDC", target, name, leaseMs: 1_500 },
  });
}

function publish(
  server: NatsServer,
  transactions: Parameters<typeof sourceOf>[0],
  rowsPerMessage = 1,
): Promise<void> {
  const connection = { servers: server.url };
  const options = { connection, stream: "CDC", create: {}, rowsPerMessage };
  return deliver(sourceOf(transactions), jetstream(options), {
    retry: { initialDelayMs: 10, maxDelayMs: 100 },
  }).done;
}

function assertComplete(memory: Memory, workload: Workload): void {
  const counts = countsByRow(memory.texts);
  for (const [id, all] of counts) {
    assertEquals(all, all.map((_, i) => i + 1), `row ${id}`);
  }
  assertEquals(
    new Map([...counts].map(([id, all]) => [id, all.length])),
    new Map(workload.counts),
  );
}

const IDS = Array.from({ length: 40 }, (_, i) => i);

testOnNats(
  "workers share the partitions, also when one comes or goes",
  async (server) => {
    const workload = new Workload();
    const memory = new Memory();
    await publish(server, [workload.transaction(IDS)]);
    const workers = [work(server, memory, "a")];
    const shares = () =>
      workers.map((worker) => worker.report().partitions.length).toSorted();
    const until = async (wanted: readonly number[]) => {
      while (`${shares()}` !== `${wanted}`) await turn();
      await publish(server, [
        workload.transaction(IDS),
        workload.transaction(IDS),
      ]);
      while (memory.texts.length < total(workload)) await turn();
    };
    try {
      await until([8]);
      workers.push(work(server, memory, "b"), work(server, memory, "c"));
      await until([2, 3, 3]);
      await workers.shift()!.close();
      await until([4, 4]);
      assertComplete(memory, workload);
      // A lease that lapsed while this process was slow is taken again.
      const held = () =>
        workers.flatMap((worker) => worker.report().partitions).toSorted();
      while (`${held()}` !== "0,1,2,3,4,5,6,7") await turn();
    } finally {
      for (const worker of workers) await worker.close();
    }
  },
);

function total(workload: Workload): number {
  return [...workload.counts.values()].reduce((sum, n) => sum + n, 0);
}

testOnNats(
  "a worker applies each change once, although target and server fail, and the publisher repeats itself",
  async (server) => {
    const workload = new Workload();
    const memory = new Memory();
    const errors: unknown[] = [];
    const transactions = Array.from(
      { length: 60 },
      () => workload.transaction(IDS.slice(0, 10)),
    );
    // JetStream forgets the ids of messages after this time, and takes them again.
    const windowMs = 100;
    const windowPasses = () =>
      new Promise((resolve) => setTimeout(resolve, 3 * windowMs));
    const connection = { servers: server.url };
    const create = { duplicate_window: windowMs * 1e6 };
    const options = { connection, stream: "CDC", create };
    const publishFrom = (from: number, to: number) =>
      deliver(
        sourceOf(transactions.slice(from, to)),
        jetstream(options),
        { retry: { initialDelayMs: 10, maxDelayMs: 100 } },
      ).done;
    memory.fails = 3;
    await using worker = consumePartitions({
      ...{ connection, stream: "CDC", target: memory, leaseMs: 2_000 },
      onError: (error) => errors.push(error),
    });
    await publishFrom(0, 20);
    while (memory.texts.length < 100) await turn();
    await server.kill();
    await server.start();
    await windowPasses();
    await publishFrom(5, 40);
    await server.kill();
    await server.start();
    await windowPasses();
    await publishFrom(10, 60);
    while (memory.texts.length < total(workload)) await turn();
    assertComplete(memory, workload);
    // What is in the stream more than once.
    const client = await connectTo(server);
    const { streams } = await jetstreamManager(client);
    const { state } = await streams.info("CDC");
    await client.close();
    const repeated = state.messages - 600;
    assertEquals(repeated, 150 + 300);
    while (worker.report().repeated < repeated) await turn();
    assert(errors.some((error) => `${error}`.includes("The target is down")));
    assertEquals(worker.report().applied, 600);
  },
);

testOnNats("a worker takes messages of many rows apart", async (server) => {
  const workload = new Workload();
  const memory = new Memory();
  const transactions = Array.from(
    { length: 30 },
    () => workload.transaction(IDS),
  );
  await publish(server, transactions, 20);
  // Other groups, most of which JetStream does not know again.
  await publish(server, transactions.slice(7), 30);
  await using worker = work(server, memory, "a");
  while (memory.texts.length < total(workload)) await turn();
  while (worker.report().repeated === 0) await turn();
  assertComplete(memory, workload);
});

const CREATED = "2026-01-01T00:00:00Z";

function message(
  version: string,
  more: Partial<PartitionMessage> = {},
): PartitionMessage {
  return {
    ...{ sequence: 1, source: "s", version, previous: null },
    ...{ hasRows: false, text: `{"version":"${version}"}` },
    ...more,
  };
}

function at(version?: string): PartitionPosition {
  const versions: Record<string, string> = version === undefined
    ? {}
    : { s: version };
  return { created: CREATED, sequence: 0, versions };
}

const V = (commit: number, index: number) =>
  `${`${commit}`.padStart(16, "0")}-${`${index}`.padStart(8, "0")}`;

Deno.test("changes that were applied are recognised by their version, for each publisher separately", () => {
  const { changes, to, repeated } = selectNew([
    message(V(1, 0)),
    message(V(2, 0)),
    message(V(1, 0), { source: "t", sequence: 7 }),
  ], at(V(1, 5)));
  assertEquals(changes.map(({ version }) => version), [V(2, 0), V(1, 0)]);
  assertEquals(repeated, 1);
  assertEquals(to, {
    created: CREATED,
    sequence: 7,
    versions: { s: V(2, 0), t: V(1, 0) },
  });
});

Deno.test("rows of a copy that are numbered otherwise after a restart are not taken for repeated", () => {
  const row = (place: number, tag: string) => message(`${V(5, place)}-${tag}`);
  const { changes } = selectNew(
    [row(0, "c"), row(1, "a")],
    at(`${V(5, 1)}-b`),
  );
  assertEquals(changes.length, 2);
  // Once a later change was applied, they are.
  assertEquals(selectNew([row(0, "c")], at(V(6, 0))).changes, []);
});

Deno.test("a hole in the stream is found where a message says what came before it", () => {
  const after = (previous: string | null) =>
    selectNew([message(V(9, 0), { previous })], at(V(3, 0))).missing;
  assertEquals(after(V(3, 0)), null);
  assertEquals(after(V(2, 0)), null);
  assertEquals(after(null), null);
  assertEquals(after(V(4, 0)), { source: "s", after: V(3, 0), last: V(4, 0) });
  const copied = `${V(3, 1)}-a`;
  const behind = message(`${V(3, 2)}-b`, { previous: copied });
  assertEquals(selectNew([behind], at(copied)).missing, null);
});

Deno.test("each worker has its share of the partitions, and takes no more than are free", () => {
  const plan = (workers: number, held: number[], taken: number[]) =>
    planLeases({ partitions: 8, workers, held, taken: new Set(taken) });
  assertEquals(plan(1, [], []).take, [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals(plan(3, [0, 1, 2], []), { take: [], release: [] });
  assertEquals(plan(3, [0], [0, 1, 2, 3]).take, [4, 5]);
  assertEquals(plan(2, [0, 1, 2, 3, 4, 5], []).release, [4, 5]);
  assertEquals(plan(3, [0], [0, 1, 2, 3, 4, 5, 6, 7]).take, []);
});
