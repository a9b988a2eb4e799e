import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `doctor`. */
export const DOCTOR: CommandSpec = {
  name: "doctor",
  summary: "Examines a server: what will fail, and what to do about it.",
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
        "The service that runs the server; recognised by its settings by default.",
    },
    {
      name: "fix-sql",
      text:
        "Write only the SQL that mends errors and warnings, where there is some.",
    },
  ],
  notes: "It never writes to the database: each check is a SELECT.",
  examples: [
    { line: "postgres://app@localhost/shop", text: "The server" },
    {
      line:
        "postgres://app@localhost/shop --slot search_indexer --publication shop",
      text: "What a subscription needs",
    },
  ],
  load: async () => (await import("./run_doctor.ts")).runDoctorCommand,
};
