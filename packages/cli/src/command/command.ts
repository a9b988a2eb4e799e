import type { Host } from "../process/host.ts";
import type { ParsedArguments } from "./parsed_arguments.ts";

/** An option of a command. */
export interface OptionSpec {
  /** The name, without the dashes. */
  readonly name: string;
  /** What stands for its value in the help; `undefined` for a flag. */
  readonly value?: string;
  /** Whether it may come several times. @default {false} */
  readonly repeats?: boolean;
  /** The values to choose from, for completions. @default {undefined} any */
  readonly choices?: readonly string[];
  /** What it does, for the help. */
  readonly text: string;
}

/** An argument that is no option. */
export interface OperandSpec {
  /** Its name in capitals, such as `"NAME"`. */
  readonly name: string;
  /** Whether it may be left out. @default {false} */
  readonly optional?: boolean;
  /** What to choose from, for completions. @default {undefined} any */
  readonly choices?: readonly string[];
}

/** A command line that works, and what it does. */
export interface Example {
  /** The command line, without the program's name. */
  readonly line: string;
  /** What it does. */
  readonly text: string;
}

/** What a command gets to run. */
export interface CommandContext {
  /** The process that it runs in. */
  readonly host: Host;
  /** The command line. */
  readonly args: ParsedArguments;
  /** The command's name. */
  readonly name: string;
  /** All commands. */
  readonly commands: readonly CommandSpec[];
}

/**
 * Runs a command.
 *
 * @returns The exit status; 0 where it says nothing.
 */
export type RunCommand = (context: CommandContext) => Promise<number | void>;

/** A command: what its help, its completions and its parser are made of. */
export interface CommandSpec {
  /** Its name, such as `"slots drop"`. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** The arguments that are no options. */
  readonly operands: readonly OperandSpec[];
  /** The options beside the common ones. */
  readonly options: readonly OptionSpec[];
  /** Whether options with other names have a value too. @default {false} they are refused */
  readonly takesOthers?: boolean;
  /** Paragraphs for the end of the help. @default {undefined} none */
  readonly notes?: string;
  /** Command lines that work. */
  readonly examples: readonly Example[];
  /** Loads what runs it. */
  readonly load: () => Promise<RunCommand>;
}

/** The last operand of most commands. */
export const CONNECTION: OperandSpec = { name: "CONNECTION", optional: true };

/** The options of what subscribes, beside `--slot`, whose meaning differs. */
export const SUBSCRIPTION_OPTIONS: readonly OptionSpec[] = [
  {
    name: "publication",
    value: "NAMES",
    text: "The publications to follow, separated by commas; required.",
  },
  { name: "create-slot", text: "Create the slot if there is none." },
  {
    name: "temporary",
    text: "Use a slot that ends with this program; --slot may be left out.",
  },
];

/** The options of every command. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: "json", text: "One JSON object a line on the standard output." },
  { name: "verbose", text: "Details of connections and errors." },
  {
    name: "no-color",
    text: "No colours. NO_COLOR and a pipe have the same effect.",
  },
  { name: "help", text: "This text." },
];

/** The option of everything that cannot be taken back. */
export const YES: OptionSpec = {
  name: "yes",
  text: "Do not ask. Required where there is no terminal.",
};

/** All options of a command. */
export function optionsOf({ options }: CommandSpec): readonly OptionSpec[] {
  return [...options, ...COMMON_OPTIONS];
}
