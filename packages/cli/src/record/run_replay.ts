import type { ReplicationEvent } from "@walbrook/walbrook";
import { toNdjson } from "@walbrook/walbrook/encode";
import type { CommandContext } from "../command/command.ts";
import { countOf, listOf } from "../command/parse_arguments.ts";
import { readLayout } from "../tail/arguments.ts";
import { ChangeLimit } from "../tail/change_limit.ts";
import { type EventFilter, filterOf, ofTables } from "../tail/event_filter.ts";
import { isAcknowledgeable } from "../tail/show_events.ts";
import {
  BUILT_IN_TYPES,
  readWhere,
  whereFilter,
} from "../tail/where_filter.ts";
import { formatPretty } from "../text/pretty.ts";
import { palette } from "../text/terminal_text.ts";
import { readRecording } from "./recording.ts";

/** Runs `replay`. */
export async function runReplay(context: CommandContext): Promise<void> {
  const { args, host } = context;
  const [path = ""] = args.operands;
  const tables = listOf(args.values("table"));
  const config = args.value("config");
  const layout = readLayout(args);
  const limit = new ChangeLimit(countOf(args, "count") ?? Infinity);
  const where = readWhere(args.value("where"));
  const filter = filterOf([
    ofTables(tables),
    where === null ? null : whereFilter(where, BUILT_IN_TYPES),
  ]);
  const units = limited(wholeUnits(path), filter, limit);
  if (config !== undefined) {
    const { deliverRecording } = await import("./deliver_recording.ts");
    return await deliverRecording(config, units, context);
  }
  const colors = palette(host.hasColor);
  const format = args.flag("json")
    ? toNdjson
    : (event: ReplicationEvent) =>
      formatPretty(event, colors, { kind: layout, columns: host.columns });
  for await (const events of units) {
    if (host.stop.aborted) return;
    await host.write(events.map(format).join(""));
  }
}

async function* limited(
  units: AsyncIterable<readonly ReplicationEvent[]>,
  filter: EventFilter | null,
  limit: ChangeLimit,
): AsyncGenerator<readonly ReplicationEvent[]> {
  for await (const unit of units) {
    const events = limit.take(filter === null ? unit : filter.filter(unit));
    if (events.length > 0) yield events;
    if (limit.isReached) return;
  }
}

/** Whole transactions, and events between them; an incomplete rest is omitted. */
async function* wholeUnits(
  path: string,
): AsyncGenerator<readonly ReplicationEvent[]> {
  let unit: ReplicationEvent[] = [];
  for await (const { event } of readRecording(path)) {
    unit.push(event);
    if (!isAcknowledgeable(event)) continue;
    yield unit;
    unit = [];
  }
}
