import type { CommandSpec } from "./command/command.ts";
import { COMPLETIONS } from "./completions/spec.ts";
import { UsageError } from "./command/usage_error.ts";
import { PING } from "./ping/spec.ts";
import { PUBLICATION_COMMANDS } from "./publications/specs.ts";
import { DOCTOR } from "./doctor/spec.ts";
import { RECORD, REPLAY } from "./record/spec.ts";
import { SERVE } from "./serve/spec.ts";
import { SINK } from "./sink/spec.ts";
import { SNAPSHOT } from "./snapshot/spec.ts";
import { TOP } from "./top/spec.ts";
import { TYPES } from "./types/spec.ts";
import { SLOT_COMMANDS } from "./slots/specs.ts";
import { TAIL } from "./tail/spec.ts";
import { didYouMean, nearestTo } from "./text/nearest.ts";

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  TAIL,
  SNAPSHOT,
  SINK,
  RECORD,
  REPLAY,
  SERVE,
  ...SLOT_COMMANDS,
  ...PUBLICATION_COMMANDS,
  DOCTOR,
  TOP,
  PING,
  TYPES,
  COMPLETIONS,
];

/** A command, and the words after its name. */
export interface FoundCommand {
  /** The command. */
  readonly spec: CommandSpec;
  /** Its arguments. */
  readonly rest: readonly string[];
}

/**
 * Finds the command at the beginning of some words. The name of a group alone means its first
 * command: `slots` is `slots list`.
 *
 * @throws {UsageError} If there is none.
 */
export function findCommand(words: readonly string[]): FoundCommand {
  const [first, second] = words;
  if (first === undefined) {
    throw new UsageError("Which command? Choose one of " + names().join(", "));
  }
  const exact = COMMANDS.find(({ name }) => name === `${first} ${second}`);
  if (exact !== undefined) return { spec: exact, rest: words.slice(2) };
  const single = COMMANDS.find(({ name }) => name === first);
  if (single !== undefined) return { spec: single, rest: words.slice(1) };
  const list = COMMANDS.find(({ name }) => name === `${first} list`);
  if (list !== undefined) {
    checkGroup(first, second);
    return { spec: list, rest: words.slice(1) };
  }
  const near = nearestTo(first, names());
  throw new UsageError(
    `There is no command "${first}"${
      didYouMean(near) || `; the commands are ${names().join(", ")}`
    }`,
  );
}

// Neither an option nor a connection is a bare word.
function checkGroup(group: string, word: string | undefined): void {
  if (word === undefined || !/^[a-z]+$/i.test(word)) return;
  const members = COMMANDS.map(({ name }) => name)
    .filter((name) => name.startsWith(`${group} `));
  const near = nearestTo(`${group} ${word}`, members);
  throw new UsageError(
    `There is no command "${group} ${word}"${
      didYouMean(near) || `; the commands are ${members.join(", ")}`
    }`,
  );
}

function names(): string[] {
  return [...new Set(COMMANDS.map(({ name }) => name.split(" ")[0] ?? name))];
}
