import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `snapshot`. */
export const SNAPSHOT: CommandSpec = {
  name: "snapshot",
  summary: "Writes the rows of published tables, consistent at one position.",
  operands: [CONNECTION],
  options: [
    {
      name: "publication",
      value: "NAMES",
      text: "The publications, separated by commas; required.",
    },
    {
      name: "table",
      value: "NAMES",
      repeats: true,
      text: "Only these tables. Repeatable.",
    },
    {
      name: "where",
      value: "FILTER",
      text:
        "Only matching rows and changes, as for tail. The server still reads all rows.",
    },
    {
      name: "sql-where",
      value: "CONDITION",
      text:
        "An SQL condition for the rows to read; requires --table with one table. It does not filter changes.",
    },
    {
      name: "layout",
      value: "LAYOUT",
      choices: ["auto", "line", "record"],
      text: "The layout of a row, as for tail.",
    },
    {
      name: "readers",
      value: "N",
      text: "The number of connections that read; 1 by default.",
    },
  ],
  notes: `\
The copy uses a temporary slot, and no long transaction. It also writes the changes that
commit while it runs, so rows and changes together are consistent at the end. --json writes
each event as a line of JSON, as tail does; apply changes to rows by their key.`,
  examples: [
    {
      line: "postgres://app@localhost/shop --publication shop --json",
      text: "All rows of the publication's tables",
    },
    {
      line:
        "postgres://app@localhost/shop --publication shop --table orders --sql-where \"status = 'paid'\"",
      text: "Some rows of one table",
    },
  ],
  load: async () => (await import("./run_snapshot.ts")).runSnapshot,
};
