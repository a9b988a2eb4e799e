import { type CommandSpec, CONNECTION } from "../command/command.ts";

const LIST: CommandSpec = {
  name: "publications list",
  summary: "Lists the publications and their problems.",
  operands: [CONNECTION],
  options: [],
  examples: [{
    line: "postgres://app@localhost/shop",
    text: "All publications of the database",
  }],
  load: async () => (await import("./list_publications.ts")).listPublications,
};

const CREATE: CommandSpec = {
  name: "publications create",
  summary: "Creates a publication for tables that have a key.",
  operands: [{ name: "NAME" }, CONNECTION],
  options: [
    {
      name: "table",
      value: "NAMES",
      repeats: true,
      text: "The tables, separated by commas. Repeatable.",
    },
    {
      name: "keyed-tables",
      text: "All tables that currently have a replica identity.",
    },
    {
      name: "publish",
      value: "OPERATIONS",
      text: "Any of insert, update, delete and truncate; all by default.",
    },
    {
      name: "via-root",
      text: "Publish partitions under the name of their partitioned table.",
    },
    { name: "dry-run", text: "Only write the SQL to standard output." },
  ],
  notes: `\
The command rejects a table without a key if updates or deletes are published: the server
would then reject the application's UPDATEs and DELETEs.`,
  examples: [
    {
      line: "shop postgres://app@localhost/shop --table orders,customers",
      text: "Two tables",
    },
    {
      line: "shop postgres://app@localhost/shop --keyed-tables --dry-run",
      text: "Show the SQL for all tables with a key",
    },
  ],
  load: async () => (await import("./create_publication.ts")).createPublication,
};

const CHECK: CommandSpec = {
  name: "publications check",
  summary: "Lists the tables whose updates and deletes a publication breaks.",
  operands: [{ name: "NAME" }, CONNECTION],
  options: [],
  notes: "The exit status is 1 if there is such a table.",
  examples: [
    { line: "shop postgres://app@localhost/shop", text: "One publication" },
  ],
  load: async () => (await import("./check_publication.ts")).checkPublication,
};

/** The definitions of `publications`. */
export const PUBLICATION_COMMANDS: readonly CommandSpec[] = [
  LIST,
  CREATE,
  CHECK,
];
