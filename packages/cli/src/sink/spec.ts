import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `sink`. */
export const SINK: CommandSpec = {
  name: "sink",
  summary: "Delivers changes to the destinations of a configuration.",
  operands: [CONNECTION],
  options: [
    {
      name: "config",
      value: "FILE",
      text: "The configuration, a module; required.",
    },
    {
      name: "until",
      value: "now",
      choices: ["now"],
      text: "End when all that has committed by now is delivered.",
    },
    {
      name: "report",
      value: "SECONDS",
      text: "How often to tell what was delivered; 10 by default, 0 for never.",
    },
  ],
  notes: `\
The default export of the configuration is an object, or a function that gets the
destinations of this program and returns one:

  export default ({ webhook }) => ({
    subscribe: { slot: { name: "hooks", create: true }, publication: "shop" },
    to: webhook({ url: "https://example.com/hook", secret: process.env.SECRET }),
    options: { lanes: 4 },
  });

A transaction is confirmed once all of it is durable at every destination. Ctrl-C waits
for what is on its way. Node loads TypeScript from 22.18 on; a .mjs works everywhere.`,
  examples: [
    {
      line: "--config sink.ts postgres://app@localhost/shop",
      text: "Until Ctrl-C",
    },
    {
      line: "--config sink.ts postgres://app@localhost/shop --until now",
      text: "What is new, as a job",
    },
  ],
  load: async () => (await import("./run_sink.ts")).runSink,
};
