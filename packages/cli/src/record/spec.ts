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
    text: "Only changes of these tables. Repeatable.",
  },
  {
    name: "where",
    value: "FILTER",
    text:
      "Only matching rows: COLUMN OP LITERAL [AND …], as in \"status = 'paid' AND total > 10\".",
  },
];

/** The definition of `record`. */
export const RECORD: CommandSpec = {
  name: "record",
  summary: "Records changes in a file, for replay.",
  operands: [{ name: "FILE" }, CONNECTION],
  options: [
    {
      name: "slot",
      value: "NAME",
      text: "The replication slot, which stores how far was recorded.",
    },
    ...SUBSCRIPTION_OPTIONS,
    ...FILTERS,
    {
      name: "until",
      value: "now|LSN",
      text:
        "Exit once everything that committed before this position is recorded.",
    },
  ],
  notes: `\
The file is NDJSON. Each line contains an event, which replay restores exactly, and the
version that identifies a change: {"version":"…","event":{…}}. A transaction is confirmed to
the server once it is on disk. Run the same command to continue an interrupted recording:
transactions that the server sends again are recorded once.`,
  examples: [
    {
      line:
        "shop.ndjson postgres://app@localhost/shop --publication shop --slot recorder --create-slot",
      text: "Until Ctrl-C; the next run continues there",
    },
  ],
  load: async () => (await import("./run_record.ts")).runRecord,
};

/** The definition of `replay`. */
export const REPLAY: CommandSpec = {
  name: "replay",
  summary: "Shows the changes in a recording, or delivers them.",
  operands: [{ name: "FILE" }],
  options: [
    ...FILTERS,
    { name: "count", value: "N", text: "Exit after N changes." },
    {
      name: "layout",
      value: "LAYOUT",
      choices: ["auto", "line", "record"],
      text: "The layout of a row, as for tail.",
    },
    {
      name: "config",
      value: "FILE",
      text:
        "Deliver the recording to the destinations in this configuration of sink.",
    },
  ],
  notes: `\
--json writes each event as a line of JSON, as tail does. An incomplete last line is skipped,
as is a transaction without its commit.`,
  examples: [
    { line: "shop.ndjson", text: "Read a recording" },
    {
      line: "shop.ndjson --table orders --json",
      text: "Events for another program",
    },
    {
      line: "shop.ndjson --config sink.ts",
      text: "Test a destination with recorded changes",
    },
  ],
  load: async () => (await import("./run_replay.ts")).runReplay,
};
