import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `sink`. */
export const SINK: CommandSpec = {
  name: "sink",
  summary: "Delivers changes to the destinations in a configuration.",
  operands: [CONNECTION],
  options: [
    {
      name: "config",
      value: "FILE",
      text: "The configuration module; required.",
    },
    {
      name: "until",
      value: "now",
      choices: ["now"],
      text: "Exit once everything that has committed by now is delivered.",
    },
    {
      name: "report",
      value: "SECONDS",
      text: "The time between two progress reports; 10 by default, 0 for none.",
    },
  ],
  notes: `\
The default export of the configuration is an object, or a function that returns one and
gets the built-in destinations:

  export default ({ webhook }) => ({
    subscribe: { slot: { name: "hooks", create: true }, publication: "shop" },
    to: webhook({ url: "https://example.com/hook", secret: process.env.SECRET }),
    options: { lanes: 4 },
  });

A transaction is confirmed once all of it is durable at every destination. Ctrl-C waits for
writes in progress. Node 22.18 and later load TypeScript; a .mjs file works everywhere.`,
  examples: [
    {
      line: "--config sink.ts postgres://app@localhost/shop",
      text: "Until Ctrl-C",
    },
    {
      line: "--config sink.ts postgres://app@localhost/shop --until now",
      text: "What is new since the last run, as a job",
    },
  ],
  load: async () => (await import("./run_sink.ts")).runSink,
};
