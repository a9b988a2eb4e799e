import { formatLsn } from "@walbrook/walbrook";
import type { CommandContext } from "../command/command.ts";
import { countOf, secondsOf } from "../command/parse_arguments.ts";
import { type Database, openDatabase } from "../database/database.ts";
import { slotToJson } from "../slots/read_slots.ts";
import { pause } from "../text/pause.ts";
import { palette } from "../text/terminal_text.ts";
import { type Look, look } from "./look.ts";
import { screenLines } from "./screen.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";

/** Runs `top`. */
export async function runTop(context: CommandContext): Promise<void> {
  const { args, host } = context;
  const intervalMs = secondsOf(args, "interval", 2);
  const count = countOf(args, "count") ?? Infinity;
  const isScreen = host.isTerminal && !args.flag("json");
  const source = new Source(context);
  const quit = new AbortController();
  const end = AbortSignal.any([host.stop, quit.signal]);
  let seen: Look | null = null;
  let problem: string | null = null;
  const draw = () => host.write(frame(seen, problem, context, isScreen));
  // The first query shows whether the command line is valid.
  seen = await source.look(null);
  const restore = isScreen
    ? host.onKey((key) => {
      if (key === "q" || key === "\x03") quit.abort();
    })
    : () => {};
  const noResize = isScreen
    ? host.onResize(() => void draw().catch(() => {}))
    : () => {};
  try {
    if (isScreen) await host.write(ENTER);
    for (let i = 1;; i++) {
      await draw();
      if (i >= count) break;
      await pause(intervalMs, end);
      if (end.aborted) break;
      try {
        seen = await source.look(seen);
        problem = null;
      } catch (error) {
        if (end.aborted) break;
        problem = error instanceof Error ? error.message : `${error}`;
      }
    }
  } finally {
    restore();
    noResize();
    if (isScreen) await host.write(LEAVE).catch(() => {});
    await source.close();
  }
}

/** Queries a server over a connection that is replaced when it breaks. */
class Source {
  readonly #context: CommandContext;
  #database: Database | null = null;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  async look(before: Look | null): Promise<Look> {
    try {
      this.#database ??= await openDatabase(this.#context, 0);
      return await look(this.#database, before);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const database = this.#database;
    this.#database = null;
    await database?.[Symbol.asyncDispose]();
  }
}

function frame(
  seen: Look | null,
  problem: string | null,
  { args, host }: CommandContext,
  isScreen: boolean,
): string {
  if (args.flag("json")) return `${JSON.stringify(toJson(seen, problem))}\n`;
  const { columns, rows } = host;
  const lines = screenLines(
    seen,
    problem,
    { columns, rows: isScreen ? rows : undefined },
    palette(host.hasColor),
  );
  return isScreen
    ? `\x1b[H${lines.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`
    : `${lines.join("\n")}\n`;
}

function toJson(
  seen: Look | null,
  problem: string | null,
): Record<string, unknown> {
  if (seen === null) return { problem };
  return {
    ...seen,
    problem,
    end: formatLsn(seen.end),
    slots: seen.slots.map((slot) => ({
      ...slotToJson(slot),
      confirmsPerSecond: slot.confirmsPerSecond,
    })),
  };
}
