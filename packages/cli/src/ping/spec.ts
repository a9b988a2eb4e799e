import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `ping`. */
export const PING: CommandSpec = {
  name: "ping",
  summary: "Measures how long a change takes to arrive, and to be confirmed.",
  operands: [CONNECTION],
  options: [
    {
      name: "publication",
      value: "NAME",
      text: "A publication to listen by; any of the database by default.",
    },
    {
      name: "slot",
      value: "NAME",
      text:
        "Also measure how long the consumer of this slot takes to confirm. The slot is only watched.",
    },
    { name: "count", value: "N", text: "How many probes; 5 by default." },
    {
      name: "interval",
      value: "SECONDS",
      text: "The pause between probes; 1 by default.",
    },
    {
      name: "timeout",
      value: "SECONDS",
      text: "How long to wait for a probe; 30 by default.",
    },
  ],
  notes: `\
Each probe is a transaction with nothing but a message of pg_logical_emit_message in it,
with the prefix walbrook.ping, which every consumer that asks for messages receives. It
travels through a temporary slot of this program. "received" is the time from sending the
command until the message is here, "confirmed" until the server has noted that. A probe
that does not arrive in time is an error, with exit status 1.`,
  examples: [
    { line: "postgres://app@localhost/shop", text: "The way here and back" },
    {
      line: "postgres://app@localhost/shop --slot search_indexer --count 1",
      text: "How far behind a running consumer is",
    },
  ],
  load: async () => (await import("./run_ping.ts")).runPing,
};
