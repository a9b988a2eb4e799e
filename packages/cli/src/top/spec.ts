import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `top`. */
export const TOP: CommandSpec = {
  name: "top",
  summary: "Shows the slots of a server on one screen, and updates it.",
  operands: [CONNECTION],
  options: [
    {
      name: "interval",
      value: "SECONDS",
      text: "The time between two updates; 2 by default.",
    },
    { name: "count", value: "N", text: "Exit after N updates." },
  ],
  notes: `\
"confirms" is the rate at which the consumer confirms WAL. "lost in" is the time until
max_slot_wal_keep_size is reached at the current rate of the server's WAL. Press q or Ctrl-C
to exit. Without a terminal, each update is written below the previous one; with --json, each
is an object. If the server does not answer, the command retries.`,
  examples: [
    { line: "postgres://app@localhost/shop", text: "Until you press q" },
    {
      line: "postgres://app@localhost/shop --count 2 --json",
      text: "Two updates, for another program",
    },
  ],
  load: async () => (await import("./run_top.ts")).runTop,
};
