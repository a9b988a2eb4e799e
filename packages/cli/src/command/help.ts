import {
  type CommandSpec,
  COMMON_OPTIONS,
  type OptionSpec,
} from "./command.ts";

const WIDTH = 78;
const OPTION_WIDTH = 22;

/** The exit statuses, as listed in the help and the manual. */
export const EXIT_STATUSES: readonly (readonly [number, string])[] = [
  [0, "Success, including an end by Ctrl-C or a closed pipe"],
  [1, "Any other error; doctor: warnings"],
  [2, "doctor: errors"],
  [3, "The server cannot be reached, or rejects the login"],
  [4, "Changes are lost: a gap, or a slot that is lost or missing"],
  [5, "A destination rejects a change"],
  [64, "The command line is invalid"],
];

/** Returns the help of a command. */
export function commandHelp(spec: CommandSpec, program: string): string {
  const { name, summary, options, notes, examples } = spec;
  return [
    `${summary}\n`,
    `  ${usageLine(spec, program)}\n`,
    ...options.map(optionText),
    ...options.length > 0 ? [""] : [],
    ...COMMON_OPTIONS.map(optionText),
    ...notes === undefined ? [] : ["", notes.trim()],
    ...examples.length === 0 ? [] : ["", "Examples:"],
    ...examples.map(({ line, text }) =>
      `\n  # ${text}\n  ${programFor(program, name)} ${line}`.trimEnd()
    ),
    "",
    "Exit status:",
    ...EXIT_STATUSES.map(([status, text]) =>
      `  ${String(status).padEnd(2)}  ${text}`
    ),
    "",
  ].join("\n");
}

/** Returns the help of the program: its commands. */
export function overview(
  specs: readonly CommandSpec[],
  program: string,
): string {
  const width = Math.max(...specs.map(({ name }) => name.length)) + 2;
  return [
    "Follows the changes of a PostgreSQL database, and manages logical replication.\n",
    `  ${program} COMMAND [OPTIONS] [CONNECTION]\n`,
    ...specs.map(({ name, summary }) =>
      `  ${name.padEnd(width)}${indented(summary, width + 2)}`
    ),
    "",
    ...wrapped(
      "CONNECTION is a URL (postgres://app@localhost/shop) or libpq's key=value pairs in quotes. The default is DATABASE_URL, then PGHOST, PGUSER and the other variables of libpq. Put a password into PGPASSWORD or a password file: other users can see the command line.",
      WIDTH,
    ),
    "",
    `${program} COMMAND --help shows details and examples.`,
    "",
  ].join("\n");
}

/** The parts of a command that its usage line shows. */
function usageLine(
  { name, operands }: CommandSpec,
  program: string,
): string {
  const names = operands.map(({ name, optional }) =>
    optional ? `[${name}]` : name
  );
  return [programFor(program, name), ...names, "[OPTIONS]"].join(" ");
}

// A program that consists of one command already contains its name.
function programFor(program: string, name: string): string {
  return program.endsWith(".ts") ? program : `${program} ${name}`;
}

function optionText({ name, value, text }: OptionSpec): string {
  const label = `  --${name}${value === undefined ? "" : ` ${value}`}`;
  const body = indented(text, OPTION_WIDTH);
  return label.length < OPTION_WIDTH
    ? label.padEnd(OPTION_WIDTH) + body
    : `${label}\n${" ".repeat(OPTION_WIDTH)}${body}`;
}

function indented(text: string, indent: number): string {
  return wrapped(text, WIDTH - indent).join(`\n${" ".repeat(indent)}`);
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
