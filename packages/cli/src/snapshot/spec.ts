import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `snapshot`. */
export const SNAPSHOT: CommandSpec = {
  name: "snapshot",
  summary: "Writes the rows of published tables, exact at one position.",
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
      text: "Only these tables; may come several times.",
    },
    {
      name: "where",
      value: "FILTER",
      text:
        "Only rows that match, as for tail; rows and changes alike. All rows are read.",
    },
    {
      name: "sql-where",
      value: "CONDITION",
      text:
        "A condition in SQL for the rows to read, with --table for one table. Changes are not narrowed by it.",
    },
    {
      name: "layout",
      value: "LAYOUT",
      choices: ["auto", "line", "record"],
      text: "How to lay out a row, as for tail.",
    },
    {
      name: "readers",
      value: "N",
      text: "How many connections read; 1 by default.",
    },
  ],
  notes: `\
The copy uses a temporary slot and no long transaction. Changes that commit while it runs
are written too, so that rows and changes together are exact at the end. --json writes each
event as a line of JSON, as tail does; the key of a row says which one a change replaces.`,
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
