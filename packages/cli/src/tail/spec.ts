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
      text: "The replication slot, which stores how far was shown.",
    },
    {
      name: "publication",
      value: "NAMES",
      text: "The publications to follow, separated by commas.",
    },
    { name: "create-slot", text: "Create the slot if it does not exist." },
    {
      name: "temporary",
      text:
        "Use a temporary slot, which ends with this program; --slot is optional.",
    },
    {
      name: "snapshot",
      text:
        "Also show the existing rows, while changes continue; with --until now, exit after the last row.",
    },
    {
      name: "table",
      value: "NAMES",
      repeats: true,
      text:
        "Only changes of these tables, such as orders,audit.log. Repeatable.",
    },
    {
      name: "where",
      value: "FILTER",
      text:
        "Only matching rows: COLUMN OP LITERAL [AND …], as in \"status = 'paid' AND total > 10\".",
    },
    {
      name: "plugin",
      value: "NAME",
      text:
        "The output plugin: pgoutput (the default); test_decoding or wal2json, which need no --publication; or any other, whose payloads are shown unchanged.",
    },
    {
      name: "plugin-option",
      value: "NAME=VALUE",
      repeats: true,
      text: "An option of that plugin. Repeatable.",
    },
    {
      name: "start-lsn",
      value: "LSN",
      text: "Permanently skip everything that committed before this position.",
    },
    {
      name: "until",
      value: "now|LSN",
      text:
        "Exit once everything that committed before this position is shown.",
    },
    {
      name: "count",
      value: "N",
      text: "Exit after N inserts, updates, deletes and truncates.",
    },
    {
      name: "format",
      value: "FORMAT",
      choices: ["pretty", "ndjson"],
      text: "pretty (the default) or ndjson, which --json selects.",
    },
    {
      name: "layout",
      value: "LAYOUT",
      choices: ["auto", "line", "record"],
      text:
        "The layout of a row in pretty: line, record (a line for each column), or auto (the default), which chooses record if a line is wider than the terminal.",
    },
  ],
  notes: `\
A transaction is confirmed to the server once it is written to standard output, and is not
shown again. A transaction that --count cuts short is not confirmed, and is shown again.
Ctrl-C confirms what was shown and exits; a second Ctrl-C exits at once. With --table and
--where, the other changes are confirmed too, without being shown.

--where compares with =, <>, <, <=, >, >=, IS NULL and IS NOT NULL. A change is shown if the
new row matches, or the old row if the server sent it, or if a missing value makes the
result unknown.

ndjson writes one event per line. Positions are X/X text, times are ISO 8601 with
microseconds. Numbers that a JSON parser would change are strings: int8, numeric, NaN,
infinities, -0. bytea is \\x and hex digits. json and jsonb are embedded unchanged. Columns
that the server omitted as unchanged are not in newRow, but listed in "unchanged". The
content of a message is text, or {"hex": …} if it is not UTF-8.`,
  examples: [
    {
      line: "postgres://app@localhost/shop --publication shop --temporary",
      text: "Watch from now on, without leaving a slot behind",
    },
    {
      line:
        "postgres://app@localhost/shop --publication shop --slot audit --create-slot --json",
      text: "Each change once, for another program",
    },
    {
      line:
        "postgres://app@localhost/shop --publication shop --slot audit --until now --table orders",
      text: "What is new in one table since the last run",
    },
  ],
  load: async () => (await import("./run_tail.ts")).runTail,
};
