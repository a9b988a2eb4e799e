import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `doctor`. */
export const DOCTOR: CommandSpec = {
  name: "doctor",
  summary: "Checks a server: what will fail, and how to fix it.",
  operands: [CONNECTION],
  options: [
    { name: "slot", value: "NAME", text: "The slot to check." },
    {
      name: "publication",
      value: "NAMES",
      text: "The publications to check, separated by commas.",
    },
    {
      name: "plugin",
      value: "NAME",
      text: "The output plugin that the slot should have; pgoutput by default.",
    },
    {
      name: "provider",
      value: "NAME",
      choices: [
        ...["rds", "aurora", "cloudsql", "alloydb", "azure", "supabase"],
        ...["neon", "crunchy", "pgbouncer"],
      ],
      text:
        "The hosting service of the server; detected from its settings by default.",
    },
    {
      name: "fix-sql",
      text:
        "Write only the SQL that fixes errors and warnings, as far as there is any.",
    },
  ],
  notes: "It never writes to the database: each check is a SELECT.",
  examples: [
    { line: "postgres://app@localhost/shop", text: "Check the server" },
    {
      line:
        "postgres://app@localhost/shop --slot search_indexer --publication shop",
      text: "Check everything that a subscription needs",
    },
  ],
  load: async () => (await import("./run_doctor.ts")).runDoctorCommand,
};
