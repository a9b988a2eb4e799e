import { subscribe } from "@walbrook/walbrook";
import type { SnapshotTable } from "@walbrook/walbrook/snapshot";
import { JSON_AS_TEXT, toNdjson } from "@walbrook/walbrook/encode";
import type { CommandContext } from "../command/command.ts";
import { countOf, listOf, withSchema } from "../command/parse_arguments.ts";
import type { ParsedArguments } from "../command/parsed_arguments.ts";
import { UsageError } from "../command/usage_error.ts";
import { tellIfSlow } from "../command/tell_if_slow.ts";
import { requireConnection } from "../database/connection_argument.ts";
import { readLayout } from "../tail/arguments.ts";
import { ChangeLimit } from "../tail/change_limit.ts";
import { filterOf, ofTables } from "../tail/event_filter.ts";
import { requireSlotAndPublication } from "../tail/missing_options.ts";
import { passesOf } from "../tail/run_tail.ts";
import { showEvents } from "../tail/show_events.ts";
import { warnOfUnpublished } from "../tail/unpublished_tables.ts";
import { readWhere } from "../tail/where_filter.ts";
import { formatPretty } from "../text/pretty.ts";
import { palette } from "../text/terminal_text.ts";

/** Runs `snapshot`. */
export async function runSnapshot(context: CommandContext): Promise<void> {
  const { args, host } = context;
  const connection = requireConnection(args.operands[0], host.variable);
  const publications = listOf([args.value("publication") ?? ""]);
  const kind = readLayout(args);
  const readers = countOf(args, "readers") ?? 1;
  const tables = readTables(args);
  const where = readWhere(args.value("where"));
  await requireSlotAndPublication(connection, {
    ...{ slot: undefined, temporary: true, publications, plugin: "pgoutput" },
  }, host.stop);
  const passesWhere = await passesOf(context, { where }, 0);
  const names = tables?.map(({ name }) => name) ?? [];
  await warnOfUnpublished(context, 0, { tables: names, publications });
  const opened = subscribe({
    ...connection === undefined ? {} : { connection },
    slot: {
      name: `walbrook_snapshot_${host.processId}`,
      create: true,
      temporary: true,
    },
    publication: publications,
    snapshot: {
      when: "always",
      readers,
      ...tables === null ? {} : { tables },
    },
    until: "snapshot",
    acknowledge: "manual",
    acknowledgeMessages: true,
    types: JSON_AS_TEXT,
    signal: host.stop,
  });
  const subscription = await tellIfSlow(host, "snapshot", opened);
  const colors = palette(host.hasColor);
  await showEvents(subscription, {
    format: args.flag("json")
      ? toNdjson
      : (event) => formatPretty(event, colors, { kind, columns: host.columns }),
    write: (text) => host.write(text),
    filter: filterOf([ofTables(names), passesWhere]),
    limit: new ChangeLimit(Infinity),
    stop: host.stop,
  });
}

function readTables(args: ParsedArguments): SnapshotTable[] | null {
  const names = listOf(args.values("table"));
  const where = args.value("sql-where");
  if (where !== undefined && names.length !== 1) {
    throw new UsageError("--sql-where needs --table with one table");
  }
  if (names.length === 0) return null;
  return names.map((name) => ({
    name: withSchema(name),
    ...where === undefined ? {} : { where },
  }));
}
