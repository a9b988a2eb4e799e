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
      text: "The publications; required. Repeatable.",
    },
    {
      name: "binary",
      text: "Write the types of a subscription with binary: true.",
    },
    {
      name: "from",
      value: "PACKAGE",
      text:
        "The package that the file imports: with npm, walbrook instead of @walbrook/walbrook.",
    },
    {
      name: "check",
      value: "FILE",
      text: "Write nothing, and exit with 1 if FILE is out of date.",
    },
  ],
  takesOthers: true,
  notes: `\
--TYPE=PARSER sets how values of a type are parsed: number, Date, text, Instant,
PlainDateTime, PlainDate, PlainTime, or MODULE#FUNCTION, as in --int8=number or
--vector=./parsers.ts#vector. With --json the output is an object whose member "source" is the file.`,
  examples: [
    {
      line: "postgres://app@localhost/shop --publication shop",
      text: "To the standard output",
    },
    {
      line:
        "postgres://app@localhost/shop --publication shop --int8=number --check shop.ts",
      text: "In CI: check that the file matches the database",
    },
  ],
  load: async () => (await import("./run_types.ts")).runTypesCommand,
};
