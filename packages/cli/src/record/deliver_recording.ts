import type { ReplicationEvent } from "@walbrook/walbrook";
import { deliver } from "@walbrook/walbrook/sink";
import type { CommandContext } from "../command/command.ts";
import { loadSinkConfig } from "../sink/load_config.ts";
import { watchSink } from "../sink/watch_sink.ts";

/**
 * Delivers recorded events to the destinations of a configuration.
 *
 * @param path The configuration's file.
 * @param units The events, in whole transactions.
 * @param context The command.
 */
export async function deliverRecording(
  path: string,
  units: AsyncIterable<readonly ReplicationEvent[]>,
  context: CommandContext,
): Promise<void> {
  const { to, options = {} } = await loadSinkConfig(path);
  const iterator = units[Symbol.asyncIterator]();
  const batches = new ReadableStream<readonly ReplicationEvent[]>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  }, { highWaterMark: 0 });
  const source = {
    acknowledgement: "manual",
    batches,
    acknowledge() {},
  } as const;
  await watchSink(deliver(source, to, options), context);
}
