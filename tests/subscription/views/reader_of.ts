import type { MessageBatch } from "../../../src/reassembly/message_source.ts";

/** Reads a stream as a function does. */
export function readerOf(
  messages: ReadableStream<MessageBatch>,
): () => Promise<MessageBatch | null> {
  const reader = messages.getReader();
  return async () => (await reader.read()).value ?? null;
}
