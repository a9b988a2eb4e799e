import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `ping`. */
export const PING: CommandSpec = {
  name: "ping",
  summary: "Measures how long a change takes to arrive and to be confirmed.",
  operands: [CONNECTION],
  options: [
    {
      name: "publication",
      value: "NAME",
      text:
        "The publication of the temporary slot; by default any in the database.",
    },
    {
      name: "slot",
      value: "NAME",
      text:
        "Also measure how long the consumer of this slot takes to confirm. The slot is only read.",
    },
    { name: "count", value: "N", text: "The number of probes; 5 by default." },
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
Each probe is a transaction that contains only a message of pg_logical_emit_message() with
the prefix walbrook.ping. Every consumer that requests messages receives it; this command
reads it through a temporary slot. "received" is the time from sending the command until the
message arrives, "confirmed" the time until the server has recorded the confirmation. A
probe that does not arrive in time is an error, with exit status 1.`,
  examples: [
    {
      line: "postgres://app@localhost/shop",
      text: "The round trip of this connection",
    },
    {
      line: "postgres://app@localhost/shop --slot search_indexer --count 1",
      text: "How long a running consumer takes",
    },
  ],
  load: async () => (await import("./run_ping.ts")).runPing,
};
