import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `tail`. */
export const TAIL: CommandSpec = {
  name: "tail",
  summary: "Follows the changes of a PostgreSQL database.",
  operands: [CONNECTION],
  options: [
    {
      name: "slot",
      value: "NAME",
      text: "The replication slot, which remembers what was shown.",
    },
    {
      name: "publication",
      value: "NAMES",
      text: "The publications to follow, separated by commas.",
    },
    { name: "create-slot", text: "Create the slot if there is none." },
    {
      name: "temporary",
      text: "Use a slot that ends with this program; --slot may be left out.",
    },
    {
      name: "snapshot",
      text:
        "Show the rows that are there, too, while changes are shown; --until now then ends with the last of them.",
    },
    {
      name: "table",
      value: "NAMES",
      repeats: true,
      text:
        "Show changes of these tables only, such as orders,audit.log; may come several times.",
    },
    {
      name: "where",
      value: "FILTER",
      text:
        "Only rows that match: COLUMN OP LITERAL [AND …], as in \"status = 'paid' AND total > 10\".",
    },
    {
      name: "plugin",
      value: "NAME",
      text:
        "The output plugin: pgoutput (the default), test_decoding, wal2json, which need no --publication, or another, whose payloads are shown as they are.",
    },
    {
      name: "plugin-option",
      value: "NAME=VALUE",
      repeats: true,
      text: "An option of that plugin; may come several times.",
    },
    {
      name: "start-lsn",
      value: "LSN",
      text: "Skip permanently what committed before this position.",
    },
    {
      name: "until",
      value: "now|LSN",
      text: "End when all that committed before this position was shown.",
    },
    {
      name: "count",
      value: "N",
      text: "End after N inserts, updates, deletes and truncates.",
    },
    {
      name: "format",
      value: "FORMAT",
      choices: ["pretty", "ndjson"],
      text: "pretty (the default) or ndjson, which is what --json chooses.",
    },
    {
      name: "layout",
      value: "LAYOUT",
      choices: ["auto", "line", "record"],
      text:
        "How pretty lays out a row: line, record (a line for each column), or auto (the default): record where a line is wider than the terminal.",
    },
  ],
  notes: `\
A transaction is confirmed to the server once it was written to the standard output, so
that it is not shown again; one that --count cuts short is not confirmed, and comes
again. Ctrl-C confirms what was shown and ends; a second one ends at once. With --table
and --where the other changes are confirmed too, without being shown.

--where compares with =, <>, <, <=, >, >=, IS NULL and IS NOT NULL. A change is shown if the
row matches after it, or before it where the server sent the old row, or if that can't be
told because a value was not sent.

ndjson writes one event a line. Positions are X/X text, times are ISO 8601 with
microseconds. Numbers that JSON readers would damage are strings: int8, numeric, NaN,
infinities, -0. bytea is \\x and hex digits. json and jsonb are embedded as they are.
Columns that the server left out as unchanged are not in newRow but named in
"unchanged". A message's content is text, or {"hex": …} if it is not UTF-8.`,
  examples: [
    {
      line: "postgres://app@localhost/shop --publication shop --temporary",
      text: "Look on from now, and leave nothing behind",
    },
    {
      line:
        "postgres://app@localhost/shop --publication shop --slot audit --create-slot --json",
      text: "Every change once, for another program",
    },
    {
      line:
        "postgres://app@localhost/shop --publication shop --slot audit --until now --table orders",
      text: "What is new in one table since the last time",
    },
  ],
  load: async () => (await import("./run_tail.ts")).runTail,
};
