import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { jetstream, partitionOf } from "@walbrook/nats";
import type { ReplicationEvent } from "@walbrook/walbrook";
import {
  deliver,
  type DeliveredEvent,
  DeliveryError,
  memoryDeadLetters,
} from "@walbrook/walbrook/sink";
import { rowOf, sourceOf, Workload } from "../../../tests/sink/workload.ts";
import { connectTo, type NatsServer, testOnNats } from "./nats_server.ts";
import { countsByRow, readStream } from "./stored.ts";

function optionsFor(server: NatsServer) {
  const connection = { servers: server.url };
  return { connection, stream: "CDC", create: {} };
}

const RETRY = { retry: { initialDelayMs: 10, maxDelayMs: 100 } };

/** Transactions that change 20 rows by turns. */
function* rounds(workload: Workload, count: number) {
  for (let round = 0; round < count; round++) {
    const ids = Array.from({ length: 5 }, (_, i) => (round * 3 + i) % 20);
    yield workload.transaction(ids);
  }
}

function assertComplete(
  counts: ReadonlyMap<number, readonly number[]>,
  workload: Workload,
): void {
  for (const [id, all] of counts) {
    assertEquals(all, all.map((_, i) => i + 1), `row ${id}`);
  }
  assertEquals(
    new Map([...counts].map(([id, all]) => [id, all.length])),
    new Map(workload.counts),
  );
}

testOnNats(
  "jetstream() stores each change in the partition of its key, in order",
  async (server) => {
    const workload = new Workload();
    const source = sourceOf(rounds(workload, 100));
    await deliver(source, jetstream(optionsFor(server))).done;
    assertEquals(source.acknowledged.length, 100);
    const connection = await connectTo(server);
    const stored = await readStream(connection, "CDC");
    await connection.close();
    assertEquals(stored.length, 500);
    assertComplete(countsByRow(stored.map(({ text }) => text)), workload);
    for (const { subject, text } of stored) {
      const { id } = JSON.parse(text).newRow;
      const partition = partitionOf(`public.items/${id}`, 8);
      assertEquals(subject, `cdc.${partition}.public.items.${id}`);
    }
  },
);

testOnNats(
  "jetstream() says that the server is down at the beginning, or waits for it",
  async (server) => {
    await server.kill();
    const workload = new Workload();
    await assertRejects(
      () =>
        deliver(
          sourceOf(rounds(workload, 1)),
          jetstream(optionsFor(server)),
          RETRY,
        ).done,
      Error,
      "Cannot open the connection to NATS",
    );
    const source = sourceOf(rounds(workload, 1));
    let failed: () => void = () => {};
    const firstFailure = new Promise<void>((resolve) => failed = resolve);
    const sink = deliver(source, jetstream(optionsFor(server)), {
      retry: { ...RETRY.retry, first: true },
      onFailure: () => failed(),
    });
    await firstFailure;
    await server.start();
    await sink.done;
    assertEquals(source.acknowledged.length, 1);
  },
);

testOnNats(
  "jetstream() loses and repeats nothing, although the server is killed in mid-run",
  async (server) => {
    const workload = new Workload();
    let round = 0;
    let killed = 0;
    let starting = Promise.resolve();
    const source = sourceOf(async function* () {
      for (const events of rounds(workload, 300)) {
        yield events;
        if (++round % 80 !== 0) continue;
        // What is on its way at the moment is cut off.
        killed++;
        await starting;
        await server.kill();
        starting = server.start();
        starting.catch(() => {}); // it is awaited below
      }
    }());
    const options = { ...RETRY, pending: { items: 200 } };
    await deliver(source, jetstream(optionsFor(server)), options).done;
    await starting;
    assertEquals(killed, 3);
    assertEquals(source.acknowledged.length, 300);
    const connection = await connectTo(server);
    const stored = await readStream(connection, "CDC");
    await connection.close();
    assertComplete(countsByRow(stored.map(({ text }) => text)), workload);
  },
);

testOnNats(
  "jetstream() drops what a restart sends again, within the stream's window",
  async (server) => {
    const transactions = [...rounds(new Workload(), 40)];
    for (const from of [0, 10, 39]) {
      const source = sourceOf(transactions.slice(from));
      await deliver(source, jetstream(optionsFor(server))).done;
      assertEquals(source.acknowledged.length, 40 - from);
    }
    const connection = await connectTo(server);
    assertEquals((await readStream(connection, "CDC")).length, 200);
    await connection.close();
  },
);

testOnNats(
  "jetstream() keeps the order in a stream that is full for a while",
  async (server) => {
    const options = optionsFor(server);
    const workload = new Workload();
    const connection = await connectTo(server);
    const { streams } = await jetstreamManager(connection);
    const config = {
      ...{ name: "CDC", subjects: ["cdc.>"] },
      ...{ discard: "new", max_msgs: 120 } as const,
    };
    await streams.add(config);
    const source = sourceOf(rounds(workload, 100));
    let failures = 0;
    const sink = deliver(source, jetstream(options), {
      ...RETRY,
      onFailure({ error }) {
        failures++;
        assert(`${error}`.includes("refuses the message"), `${error}`);
        if (failures === 5) void streams.update("CDC", { max_msgs: 10_000 });
      },
    });
    await sink.done;
    assert(failures >= 5);
    const stored = await readStream(connection, "CDC");
    await connection.close();
    assertComplete(countsByRow(stored.map(({ text }) => text)), workload);
  },
);

testOnNats(
  "jetstream() has nothing stored behind a change that the stream refuses",
  async (server) => {
    const workload = new Workload();
    const encode = (event: DeliveredEvent) => {
      const { id, n } = rowOf(event as ReplicationEvent);
      return JSON.stringify({ newRow: { id, n }, pad: "x".repeat(id * 100) });
    };
    const create = { max_msg_size: 2_000 };
    const options = { ...optionsFor(server), create, encode };
    const source = sourceOf([
      workload.transaction([1, 2, 3]),
      workload.transaction([1, 99, 1, 2, 3]),
      workload.transaction([1, 2, 3]),
    ]);
    const sink = deliver(source, jetstream(options));
    const error = await assertRejects(() => sink.done, DeliveryError);
    assertEquals(error.key, "public.items/99");
    const connection = await connectTo(server);
    const stored = await readStream(connection, "CDC");
    await connection.close();
    assertEquals(
      countsByRow(stored.map(({ text }) => text)),
      new Map([[1, [1, 2]], [2, [1]], [3, [1]]]),
    );
  },
);

testOnNats(
  "jetstream() keeps a change that is too large as a dead letter, and goes on",
  async (server) => {
    const options = optionsFor(server);
    const workload = new Workload();
    const encode = (event: unknown) => {
      const { newRow } = event as { newRow: { id: number; n: number } };
      const pad = newRow.id === 7 ? "x".repeat(5_000) : "";
      return JSON.stringify({ newRow, pad });
    };
    for (
      const [stream, config] of [
        ["CDC", { max_msg_size: 4_000 }],
        ["OTHER", {}],
      ] as const
    ) {
      const letters = memoryDeadLetters();
      const sink = deliver(
        sourceOf([workload.transaction([6, 7, 8]), workload.transaction([7])]),
        jetstream({
          ...options,
          ...{ stream, subjectPrefix: stream, create: config, encode },
        }),
        { ...RETRY, poison: letters },
      );
      await sink.done;
      // The second server-wide limit is larger.
      assertEquals(letters.letters.length, stream === "CDC" ? 2 : 0);
    }
  },
);

testOnNats(
  "jetstream() writes many rows as one message, in order",
  async (server) => {
    const workload = new Workload();
    const source = sourceOf(rounds(workload, 200));
    const destination = jetstream({
      ...optionsFor(server),
      rowsPerMessage: 25,
    });
    await deliver(source, destination).done;
    const connection = await connectTo(server);
    const stored = await readStream(connection, "CDC");
    await connection.close();
    assert(stored.length < 500, `${stored.length} messages`);
    for (const { subject } of stored) assert(/^cdc\.\d\.rows$/.test(subject));
    assertComplete(
      countsByRow(stored.flatMap(({ text }) => text.trimEnd().split("\n"))),
      workload,
    );
  },
);

testOnNats(
  "jetstream() tells both partitions of a row that moves from one to the other",
  async (server) => {
    const workload = new Workload();
    const place = (id: number) => partitionOf(`public.items/${id}`, 8);
    const same = Array.from({ length: 50 }, (_, i) => i + 10)
      .find((id) => place(id) === place(1))!;
    const events = workload.transaction([1, 1]).map((event, i) => {
      if (event.kind !== "update") return event;
      return { ...event, newRow: { id: i === 1 ? 2 : same, n: i } };
    });
    await deliver(sourceOf([events]), jetstream(optionsFor(server))).done;
    const connection = await connectTo(server);
    const stored = await readStream(connection, "CDC");
    await connection.close();
    assertEquals(
      stored.map(({ subject, text }) => `${subject} ${JSON.parse(text).kind}`),
      [
        `cdc.${place(1)}.public.items.1 delete`,
        `cdc.${place(2)}.public.items.2 insert`,
        `cdc.${place(1)}.public.items.${same} update`,
      ],
    );
  },
);

testOnNats(
  "jetstream() checks the stream before the first change",
  async (server) => {
    const { connection } = optionsFor(server);
    const client = await connectTo(server);
    const { streams } = await jetstreamManager(client);
    await streams.add({ name: "OTHER", subjects: ["other.*"] });
    await client.close();
    const reject = async (stream: string, more: object, words: string) => {
      const source = sourceOf([]);
      const sink = deliver(source, jetstream({ connection, stream, ...more }));
      await assertRejects(() => sink.done, Error, words);
      assertEquals(source.pulled(), 0);
    };
    await reject("CDC", {}, 'stream "CDC", which does not exist');
    await reject("OTHER", {}, "it takes other.*, and not cdc.>");
    await reject("OTHER", { subjectPrefix: "other" }, "and not other.>");
  },
);

Deno.test("jetstream() refuses names that subjects can't hold, and numbers below 1", () => {
  const connection = { servers: "nats://127.0.0.1" };
  for (const stream of ["", "a.b", "a b", "a*"]) {
    assertThrows(() => jetstream({ connection, stream }), TypeError, "stream");
  }
  for (const partitions of [0, 1.5, Infinity]) {
    assertThrows(
      () => jetstream({ connection, stream: "CDC", partitions }),
      RangeError,
      "partitions",
    );
  }
  assertThrows(
    () => jetstream({ connection, stream: "CDC", subjectPrefix: "a..b" }),
    TypeError,
    "subjectPrefix",
  );
});

Deno.test("a delivery to a server that is not there ends with an error", async () => {
  const connection = { servers: "nats://127.0.0.1:1" };
  const sink = deliver(sourceOf([]), jetstream({ connection, stream: "CDC" }));
  await assertRejects(() => sink.done, Error);
  assert(
    !(await sink.close().catch((error) => error) instanceof DeliveryError),
  );
});
