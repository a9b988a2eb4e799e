import {
  type CommandSpec,
  CONNECTION,
  SUBSCRIPTION_OPTIONS,
} from "../command/command.ts";

const FILTERS = [
  {
    name: "table",
    value: "NAMES",
    repeats: true,
    text: "Only changes of these tables; may come several times.",
  },
  {
    name: "where",
    value: "FILTER",
    text:
      "Only rows that match: COLUMN OP LITERAL [AND …], as in \"status = 'paid' AND total > 10\".",
  },
];

/** The definition of `record`. */
export const RECORD: CommandSpec = {
  name: "record",
  summary: "Records changes in a file, from which they can be replayed.",
  operands: [{ name: "FILE" }, CONNECTION],
  options: [
    {
      name: "slot",
      value: "NAME",
      text: "The replication slot, which remembers what was recorded.",
    },
    ...SUBSCRIPTION_OPTIONS,
    ...FILTERS,
    {
      name: "until",
      value: "now|LSN",
      text: "End when all that committed before this position was recorded.",
    },
  ],
  notes: `\
The file is NDJSON. Each line has an event, from which replay makes the same event again,
and the version that identifies a change: {"version":"…","event":{…}}. A transaction is
confirmed to the server once it is on disk. A recording that breaks off is continued by the
same command: what the server sends again is recognised, and recorded once.`,
  examples: [
    {
      line:
        "shop.ndjson postgres://app@localhost/shop --publication shop --slot recorder --create-slot",
      text: "Until Ctrl-C, and on from there the next time",
    },
  ],
  load: async () => (await import("./run_record.ts")).runRecord,
};

/** The definition of `replay`. */
export const REPLAY: CommandSpec = {
  name: "replay",
  summary: "Shows the changes of a recording again, or delivers them.",
  operands: [{ name: "FILE" }],
  options: [
    ...FILTERS,
    { name: "count", value: "N", text: "End after N changes." },
    {
      name: "layout",
      value: "LAYOUT",
      choices: ["auto", "line", "record"],
      text: "How to lay out a row, as for tail.",
    },
    {
      name: "config",
      value: "FILE",
      text:
        "Deliver to the destinations of this configuration of sink, instead of the database's changes.",
    },
  ],
  notes: `\
--json writes each event as a line of JSON, as tail does. A last line that was cut off is
left out, and a transaction without its commit too.`,
  examples: [
    { line: "shop.ndjson", text: "Read a recording" },
    { line: "shop.ndjson --table orders --json", text: "Rows for a program" },
    {
      line: "shop.ndjson --config sink.ts",
      text: "Try a destination with recorded changes",
    },
  ],
  load: async () => (await import("./run_replay.ts")).runReplay,
};
