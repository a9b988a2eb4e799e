import { type CommandSpec, CONNECTION } from "../command/command.ts";

/** The definition of `types`. */
export const TYPES: CommandSpec = {
  name: "types",
  summary: "Writes the types of a publication's tables as TypeScript.",
  operands: [CONNECTION],
  options: [
    {
      name: "publication",
      value: "NAMES",
      repeats: true,
      text: "The publications; required, and may come several times.",
    },
    { name: "binary", text: "The subscription has binary: true." },
    {
      name: "from",
      value: "SPECIFIER",
      text: "Where the file imports the package from.",
    },
    {
      name: "check",
      value: "FILE",
      text: "Write nothing, and end with 1 if FILE is out of date.",
    },
  ],
  takesOthers: true,
  notes: `\
--TYPE=PARSER says how values of a type are read: number, Date, text, Instant,
PlainDateTime, PlainDate, PlainTime, or MODULE#FUNCTION, as in --int8=number or
--vector=./parsers.ts#vector. With --json the source is the member "source" of an object.`,
  examples: [
    {
      line: "postgres://app@localhost/shop --publication shop",
      text: "To the standard output",
    },
    {
      line:
        "postgres://app@localhost/shop --publication shop --int8=number --check shop.ts",
      text: "In CI: does the file fit the database?",
    },
  ],
  load: async () => (await import("./run_types.ts")).runTypesCommand,
};
