import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `top`. */
export const TOP: CommandSpec = {
  name: "top",
  summary: "Watches the slots of a server on one screen.",
  operands: [CONNECTION],
  options: [
    {
      name: "interval",
      value: "SECONDS",
      text: "How often to look; 2 by default.",
    },
    { name: "count", value: "N", text: "End after N looks." },
  ],
  notes: `\
"confirms" is how fast the consumer confirms WAL; "lost in" the time until
max_slot_wal_keep_size is reached, at the present rate of the server's WAL. q or Ctrl-C
ends. Without a terminal it writes one text after the other, and with --json an object for
each look. A server that does not answer is asked again.`,
  examples: [
    { line: "postgres://app@localhost/shop", text: "Until q" },
    {
      line: "postgres://app@localhost/shop --count 2 --json",
      text: "Two looks, for a program",
    },
  ],
  load: async () => (await import("./run_top.ts")).runTop,
};
