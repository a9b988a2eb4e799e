import { jetstream as client, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";

/** A message as the stream has it. */
export interface Stored {
  readonly subject: string;
  readonly text: string;
  readonly id: string;
}

/** Reads all messages of a stream, in their order. */
export async function readStream(
  connection: NatsConnection,
  stream: string,
): Promise<Stored[]> {
  const { streams } = await jetstreamManager(connection);
  const { state } = await streams.info(stream);
  const stored: Stored[] = [];
  if (state.messages === 0) return stored;
  const consumer = await client(connection).consumers.get(stream);
  const messages = await consumer.consume();
  for await (const message of messages) {
    const id = message.headers?.get("Nats-Msg-Id") ?? "";
    stored.push({ subject: message.subject, text: message.string(), id });
    if (message.info.pending === 0) break;
  }
  await messages.close();
  return stored;
}

/** The rows' counts in the order of the stream, by row; each has to go up by one. */
export function countsByRow(texts: readonly string[]): Map<number, number[]> {
  const counts = new Map<number, number[]>();
  for (const text of texts) {
    const { newRow: { id, n } } = JSON.parse(text);
    counts.set(id, [...counts.get(id) ?? [], n]);
  }
  return counts;
}
