import type { Host } from "../process/host.ts";
import type { ParsedArguments } from "./parsed_arguments.ts";

/** An option of a command. */
export interface OptionSpec {
  /** The name, without the dashes. */
  readonly name: string;
  /** The placeholder for its value in the help; `undefined` for a flag. */
  readonly value?: string;
  /**
   * Whether it may be given several times.
   *
   * @default {false}
   */
  readonly repeats?: boolean;
  /**
   * The values to choose from, for completions.
   *
   * @default {undefined} any
   */
  readonly choices?: readonly string[];
  /** What it does, for the help. */
  readonly text: string;
}

/** An argument that is not an option. */
export interface OperandSpec {
  /** Its name in capitals, such as `"NAME"`. */
  readonly name: string;
  /**
   * Whether it may be omitted.
   *
   * @default {false}
   */
  readonly optional?: boolean;
  /**
   * The values to choose from, for completions.
   *
   * @default {undefined} any
   */
  readonly choices?: readonly string[];
}

/** An example command line, and what it does. */
export interface Example {
  /** The command line, without the program's name. */
  readonly line: string;
  /** What it does. */
  readonly text: string;
}

/** The context in which a command runs. */
export interface CommandContext {
  /** The process in which it runs. */
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
 * @returns The exit status; 0 if omitted.
 */
export type RunCommand = (context: CommandContext) => Promise<number | void>;

/** The definition of a command, from which its help, completions and parser are created. */
export interface CommandSpec {
  /** Its name, such as `"slots drop"`. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** The arguments that are not options. */
  readonly operands: readonly OperandSpec[];
  /** The options besides the common ones. */
  readonly options: readonly OptionSpec[];
  /**
   * Whether options with other names have a value too.
   *
   * @default {false} they are rejected
   */
  readonly takesOthers?: boolean;
  /**
   * Paragraphs for the end of the help.
   *
   * @default {undefined} none
   */
  readonly notes?: string;
  /** Example command lines. */
  readonly examples: readonly Example[];
  /** Loads the function that runs it. */
  readonly load: () => Promise<RunCommand>;
}

/** The last operand of most commands. */
export const CONNECTION: OperandSpec = { name: "CONNECTION", optional: true };

/** The options of commands that subscribe, except `--slot`, whose meaning differs. */
export const SUBSCRIPTION_OPTIONS: readonly OptionSpec[] = [
  {
    name: "publication",
    value: "NAMES",
    text: "The publications to follow, separated by commas; required.",
  },
  { name: "create-slot", text: "Create the slot if it does not exist." },
  {
    name: "temporary",
    text:
      "Use a temporary slot, which ends with this program; --slot is optional.",
  },
];

/** The options of every command. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: "json", text: "Write one JSON object per line to standard output." },
  { name: "verbose", text: "Show details of connections and errors." },
  {
    name: "no-color",
    text: "Use no colours. NO_COLOR and a pipe have the same effect.",
  },
  { name: "help", text: "Show this text." },
];

/** The option of commands that can't be undone. */
export const YES: OptionSpec = {
  name: "yes",
  text: "Do not ask for confirmation. Required without a terminal.",
};

/** All options of a command. */
export function optionsOf({ options }: CommandSpec): readonly OptionSpec[] {
  return [...options, ...COMMON_OPTIONS];
}
