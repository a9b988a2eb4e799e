import { formatLsn, parseLsn, subscribe } from "@walbrook/walbrook";
import { JSON_AS_TEXT } from "@walbrook/walbrook/encode";
import type { CommandContext } from "../command/command.ts";
import { listOf } from "../command/parse_arguments.ts";
import { tellIfSlow } from "../command/tell_if_slow.ts";
import type { ParsedArguments } from "../command/parsed_arguments.ts";
import { UsageError } from "../command/usage_error.ts";
import { filterOf, ofTables } from "../tail/event_filter.ts";
import { isAcknowledgeable } from "../tail/show_events.ts";
import { passesOf } from "../tail/run_tail.ts";
import { readSubscription } from "../tail/subscription_argument.ts";
import { warnOfUnpublished } from "../tail/unpublished_tables.ts";
import { readWhere } from "../tail/where_filter.ts";
import { Recorder } from "./recorder.ts";

/** Runs `record`. */
export async function runRecord(context: CommandContext): Promise<void> {
  const { args, host } = context;
  const [path = "", connection] = args.operands;
  const until = readUntil(args);
  const where = readWhere(args.value("where"));
  const { options, createsSlot, publication: publications } =
    await readSubscription(context, connection, "record");
  const tables = listOf(args.values("table"));
  const filter = filterOf([
    ofTables(tables),
    await passesOf(context, { where }, 1),
  ]);
  await warnOfUnpublished(context, 1, { tables, publications });
  const recorder = await Recorder.open(path);
  let changes = 0;
  try {
    const opened = subscribe({
      ...options,
      acknowledge: "manual",
      acknowledgeMessages: true,
      types: JSON_AS_TEXT,
      ...until === undefined ? {} : { until },
    });
    const subscription = createsSlot
      ? await tellIfSlow(host, "record", opened)
      : await opened;
    const end = () => void subscription.close().catch(() => {});
    host.stop.addEventListener("abort", end);
    try {
      for await (const batch of subscription.batches) {
        const events = filter === null ? batch : filter.filter(batch);
        await recorder.write(events);
        for (const event of batch) {
          if (isAcknowledgeable(event)) subscription.acknowledge(event);
        }
        changes += events.filter((event) =>
          "relation" in event &&
          event.kind !== "relation"
        ).length;
        if (host.stop.aborted) break;
      }
    } finally {
      host.stop.removeEventListener("abort", end);
      await subscription.close();
    }
    const { confirmed } = subscription.progress;
    if (args.flag("json")) {
      const told = { file: path, changes, confirmed: formatLsn(confirmed) };
      await host.write(`${JSON.stringify(told)}\n`);
    } else {
      host.tell([
        `Recorded ${changes} changes, up to ${formatLsn(confirmed)}`,
      ]);
    }
  } finally {
    await recorder.close();
  }
}

function readUntil(args: ParsedArguments) {
  const text = args.value("until");
  if (text === undefined || text === "now") return text;
  try {
    return parseLsn(text);
  } catch {
    throw new UsageError(
      `--until "${text}" is not a position: write an LSN such as 0/16B3748, or "now"`,
    );
  }
}
