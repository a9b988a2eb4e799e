import { Kafka, logLevel } from "kafkajs";

const LONGEST_MS = 60_000;

/** Reads the values of all records of a topic, in the order of each partition. */
export async function readTopic(
  brokers: string[],
  topic: string,
): Promise<string[]> {
  const client = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  if (offsets.some(({ low }) => low !== "0")) {
    throw new Error(`The cluster has dropped the oldest records of ${topic}`);
  }
  const count = offsets.reduce(
    (sum, { high }) => sum + Number(high),
    0,
  );
  const values: string[] = [];
  const consumer = client.consumer({ groupId: crypto.randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    if (count === 0) return resolve();
    const timer = setTimeout(
      () => reject(new Error(`${values.length} of ${count} records came`)),
      LONGEST_MS,
    );
    void consumer.run({
      eachMessage({ message }) {
        values.push(`${message.value}`);
        if (values.length === count) {
          clearTimeout(timer);
          resolve();
        }
        return Promise.resolve();
      },
    });
  });
  await consumer.disconnect();
  return values;
}
