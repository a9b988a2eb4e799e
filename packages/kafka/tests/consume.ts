import { assertEquals } from "@std/assert";
import { Kafka, logLevel } from "kafkajs";

/** A record as a consumer has it. */
export interface Consumed {
  readonly key: string | null;
  readonly value: string | null;
  readonly version: string;
  readonly partition: number;
}

/** Returns the number of records of a topic. */
export async function countOf(
  brokers: string[],
  topic: string,
): Promise<number> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  } finally {
    await admin.disconnect();
  }
}

/** Reads this many records of a topic. */
export async function consume(
  brokers: string[],
  topic: string,
  count: number,
): Promise<Consumed[]> {
  const client = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const consumer = client.consumer({ groupId: crypto.randomUUID() });
  const consumed: Consumed[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${consumed.length} of ${count} records`)),
        60_000,
      );
      void consumer.run({
        eachMessage({ message, partition }) {
          consumed.push({
            key: message.key?.toString() ?? null,
            value: message.value?.toString() ?? null,
            version: message.headers?.["walbrook-version"]?.toString() ?? "",
            partition,
          });
          if (consumed.length === count) {
            clearTimeout(timer);
            resolve();
          }
          return Promise.resolve();
        },
      });
    });
  } finally {
    await consumer.disconnect();
  }
  return consumed;
}

/**
 * Checks that the counts of each row go up one by one. Repeated records are known by their
 * versions.
 *
 * @param consumed The records.
 * @param counts How often each row was changed, by id.
 */
export function assertInOrder(
  consumed: readonly Consumed[],
  counts: ReadonlyMap<number, number>,
): void {
  const rows = new Map<string, Consumed[]>();
  for (const one of consumed) {
    rows.set(one.key!, [...rows.get(one.key!) ?? [], one]);
  }
  for (const [key, all] of rows) {
    assertEquals(new Set(all.map(({ partition }) => partition)).size, 1);
    const once = [...new Map(all.map((one) => [one.version, one])).values()];
    const values = once.map(({ value }) => JSON.parse(value!).newRow.n);
    assertEquals(values, values.map((_, i) => i + 1), key);
    const id = Number(key.split("/")[1]);
    assertEquals(values.length, counts.get(id));
  }
  assertEquals(rows.size, counts.size);
}
