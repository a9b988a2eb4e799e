import { type CommandSpec, CONNECTION } from "../command/command.ts";

const LIST: CommandSpec = {
  name: "publications list",
  summary: "Lists the publications, and what is wrong with them.",
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
  summary: "Creates a publication of tables that have a key.",
  operands: [{ name: "NAME" }, CONNECTION],
  options: [
    {
      name: "table",
      value: "NAMES",
      repeats: true,
      text: "A table, or several between commas; may come several times.",
    },
    {
      name: "keyed-tables",
      text: "All tables that have a replica identity at present.",
    },
    {
      name: "publish",
      value: "OPERATIONS",
      text: "insert, update, delete, truncate; all of them by default.",
    },
    {
      name: "via-root",
      text: "Publish partitions under the name of their partitioned table.",
    },
    { name: "dry-run", text: "Write the SQL to the standard output only." },
  ],
  notes: `\
A table without a key is refused if updates or deletes are published: from then on the
server would refuse the application's UPDATEs and DELETEs.`,
  examples: [
    {
      line: "shop postgres://app@localhost/shop --table orders,customers",
      text: "Two tables",
    },
    {
      line: "shop postgres://app@localhost/shop --keyed-tables --dry-run",
      text: "See the SQL for all tables with a key",
    },
  ],
  load: async () => (await import("./create_publication.ts")).createPublication,
};

const CHECK: CommandSpec = {
  name: "publications check",
  summary: "Names the tables whose updates and deletes a publication breaks.",
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
