import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  cloudEventRecords,
  debeziumRecords,
  jsonRecords,
  kafka,
  type KafkaOptions,
  type RecordMaker,
} from "@walbrook/kafka";
import { UNCHANGED } from "@walbrook/walbrook";
import {
  deliver,
  DeliveryError,
  memoryDeadLetters,
} from "@walbrook/walbrook/sink";
import { type CloudEvent, HTTP } from "cloudevents";
import { ITEMS, sourceOf, Workload } from "../../../tests/sink/workload.ts";
import { verdictOf } from "../src/verdict.ts";
import { assertInOrder, consume, countOf } from "./consume.ts";
import { ERRORS, HAS_LIBRDKAFKA, MockCluster } from "./mock_cluster.ts";

const RETRY = { retry: { initialDelayMs: 10, maxDelayMs: 100 } };
const TOPICS = { "shop.public.items": 4 };

function destination(cluster: MockCluster, more: Partial<KafkaOptions> = {}) {
  const client = { brokers: cluster.brokers, retry: { retries: 5 } };
  return kafka({
    client,
    records: jsonRecords({ topicPrefix: "shop" }),
    ...more,
  });
}

function* rounds(workload: Workload, count: number) {
  for (let round = 0; round < count; round++) {
    yield workload.transaction(
      Array.from({ length: 5 }, (_, i) => (round * 3 + i) % 20),
    );
  }
}

function testOnKafka(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: HAS_LIBRDKAFKA ? name : `${name} (skipped: no librdkafka)`,
    ignore: !HAS_LIBRDKAFKA,
    fn,
  });
}

testOnKafka(
  "kafka() sends each change to the partition of its key, in order",
  async () => {
    using cluster = new MockCluster(1, TOPICS);
    const workload = new Workload();
    const source = sourceOf(rounds(workload, 100));
    await deliver(source, destination(cluster)).done;
    assertEquals(source.acknowledged.length, 100);
    const consumed = await consume(cluster.brokers, "shop.public.items", 500);
    assertInOrder(consumed, workload.counts);
    assert(new Set(consumed.map(({ partition }) => partition)).size > 1);
  },
);

testOnKafka(
  "kafka() loses nothing and keeps the order, although brokers fail and go away",
  async () => {
    using cluster = new MockCluster(3, TOPICS);
    const workload = new Workload();
    let round = 0;
    let isUp = Promise.resolve();
    const source = sourceOf(async function* () {
      for (const events of rounds(workload, 120)) {
        yield events;
        round++;
        if (round % 20 === 0) {
          cluster.failWrites(
            ERRORS.notLeaderForPartition,
            ERRORS.disconnect,
            ERRORS.notEnoughReplicas,
            ERRORS.requestTimedOut,
          );
        }
        if (round % 50 !== 0) continue;
        await isUp;
        for (const broker of [1, 2, 3]) cluster.down(broker);
        isUp = new Promise((resolve) => setTimeout(resolve, 200)).then(() => {
          for (const broker of [1, 2, 3]) cluster.up(broker);
        });
      }
    }());
    await deliver(source, destination(cluster), {
      ...RETRY,
      pending: { items: 50 },
    }).done;
    await isUp;
    assertEquals(source.acknowledged.length, 120);
    // All 600 changes, and what was written again.
    const count = await countOf(cluster.brokers, "shop.public.items");
    assert(count >= 600);
    const consumed = await consume(cluster.brokers, "shop.public.items", count);
    assertInOrder(consumed, workload.counts);
  },
);

testOnKafka(
  "kafka() finds the record that the brokers refuse, and goes on without it",
  async () => {
    using cluster = new MockCluster(1, TOPICS);
    const workload = new Workload();
    const letters = memoryDeadLetters();
    // The batch, and the second record alone.
    const refusals = [ERRORS.messageTooLarge, 0, ERRORS.messageTooLarge];
    cluster.failWrites(...refusals);
    const source = sourceOf([
      workload.transaction([1, 2, 3]),
      workload.transaction([4, 5]),
    ]);
    await deliver(source, destination(cluster), { ...RETRY, poison: letters })
      .done;
    assertEquals(letters.letters.map(({ keys }) => keys), [["public.items/2"]]);
    const consumed = await consume(cluster.brokers, "shop.public.items", 4);
    assertEquals(
      consumed.map(({ key }) => key!.split("/")[1]).toSorted(),
      ["1", "3", "4", "5"],
    );
  },
);

testOnKafka(
  "kafka() stops at a change that is too large before it is sent",
  async () => {
    using cluster = new MockCluster(1, TOPICS);
    const source = sourceOf([new Workload().transaction([1])]);
    const sink = deliver(source, destination(cluster, { maxRecordBytes: 10 }));
    await assertRejects(() => sink.done, DeliveryError, "takes at most 10");
  },
);

function recordsOf(maker: RecordMaker) {
  const [begin, update, commit] = new Workload().transaction([7]);
  const at = { ...update! } as Extract<typeof update, { kind: "update" }>;
  const insert = { ...at, kind: "insert" } as never;
  const moved = { ...at, key: { id: 6 }, newRow: { id: 7, n: UNCHANGED } };
  const gone = { ...at, kind: "delete", key: { id: 7 } } as never;
  const truncate = {
    ...{ kind: "truncate", transaction: at.transaction, index: 3 },
    ...{ table: null, relations: [ITEMS], cascade: false },
    ...{ restartIdentity: false, lsn: at.lsn },
  } as never;
  return [begin, insert, at, moved, gone, truncate, commit]
    .map((event) => maker.make(event as never));
}

Deno.test("jsonRecords() and cloudEventRecords() write keys, and tombstones for what is gone", () => {
  const source = "postgres://shop/main";
  for (
    const maker of [
      jsonRecords({ topicPrefix: "shop" }),
      cloudEventRecords({ topicPrefix: "shop", source }),
    ]
  ) {
    const all = recordsOf(maker);
    assertEquals(
      all.map((records) =>
        records.map(({ key, value }) => `${key} ${value === null}`)
      ),
      [
        [],
        ["public.items/7 false"],
        ["public.items/7 false"],
        ["public.items/7 false", "public.items/6 true"],
        ["public.items/7 false", "public.items/7 true"],
        ["null false"],
        [],
      ],
    );
    for (const { topic } of all.flat()) {
      assertEquals(topic, "shop.public.items");
    }
  }
});

Deno.test("cloudEventRecords() writes what the SDK of CloudEvents reads", () => {
  const source = "postgres://shop/main";
  const maker = cloudEventRecords({ topicPrefix: "shop", source });
  for (const { value, headers } of recordsOf(maker).flat()) {
    if (value === null) continue;
    const event = HTTP.toEvent({ headers, body: value }) as CloudEvent;
    assertEquals(event.id, headers["walbrook-version"]);
    event.validate();
  }
});

Deno.test("debeziumRecords() writes the records of Debezium, with their versions", () => {
  const maker = debeziumRecords({ topicPrefix: "shop", database: "shop" });
  const all = recordsOf(maker);
  assertEquals(
    all.map((records) =>
      records.map(({ value }) => value && JSON.parse(value).op)
    ),
    [[], ["c"], ["u"], ["d", null, "c"], ["d", null], ["t"], []],
  );
  assertEquals(all[3]![0]!.headers["__debezium.newkey"], '{"id":7}');
  for (const { headers } of all.flat()) assert(headers["walbrook-version"]);
});

Deno.test("a permanent refusal by Kafka is distinguished from one that may pass", () => {
  const error = (type: string) => Object.assign(new Error(), { type });
  assertEquals(verdictOf(error("NOT_LEADER_FOR_PARTITION")), "retry");
  assertEquals(verdictOf(error("MESSAGE_TOO_LARGE")), "poison");
  assertEquals(verdictOf(error("TOPIC_AUTHORIZATION_FAILED")), "end");
  const cause = error("INVALID_RECORD");
  assertEquals(verdictOf(new Error("retries", { cause })), "poison");
  assertEquals(verdictOf(null), "retry");
});
