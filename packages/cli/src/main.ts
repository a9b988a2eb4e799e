import manifest from "../deno.json" with { type: "json" };
import type { CommandSpec } from "./command/command.ts";
import { errorLines } from "./command/error_lines.ts";
import { exitStatusFor } from "./command/exit_status.ts";
import { commandHelp, overview } from "./command/help.ts";
import { parseArguments } from "./command/parse_arguments.ts";
import { UsageError } from "./command/usage_error.ts";
import { COMMANDS, findCommand } from "./commands.ts";
import { ClosedPipe, type Host } from "./process/host.ts";

/**
 * Runs a command line to its end.
 *
 * @param words The command's name and its arguments.
 * @param host The process.
 * @returns The exit status.
 */
export async function run(
  words: readonly string[],
  host: Host,
): Promise<number> {
  let command = "walbrook";
  try {
    const answer = answerFor(words, host.program);
    if (answer !== null) {
      await host.write(answer);
      return 0;
    }
    const { spec, rest } = findCommand(words);
    command = spec.name;
    return await runCommand(spec, rest, host);
  } catch (error) {
    // The output is not read any more.
    if (error instanceof ClosedPipe) return 0;
    const status = exitStatusFor(error);
    // The start is not awaited by anyone, but errors are reported to the end.
    if (host.stop.aborted && status < 4) return 0;
    host.tell(errorLines(error, command));
    if (words.includes("--verbose")) host.tell([detailOf(error)]);
    return status;
  }
}

// Requests that need no command.
function answerFor(words: readonly string[], program: string): string | null {
  const [first, ...rest] = words;
  if (words.includes("--version")) return `${manifest.version}\n`;
  if (first === "--help" || first === "-h" || first === "help") {
    return rest.length === 0
      ? overview(COMMANDS, program)
      : commandHelp(findCommand(rest).spec, program);
  }
  return null;
}

async function runCommand(
  spec: CommandSpec,
  rest: readonly string[],
  host: Host,
): Promise<number> {
  const args = parseArguments(spec, rest);
  if (args === null) {
    await host.write(commandHelp(spec, host.program));
    return 0;
  }
  const isColored = host.hasColor && !args.flag("no-color");
  const run = await spec.load();
  const context = {
    args,
    name: spec.name,
    commands: COMMANDS,
    host: Object.create(host, { hasColor: { value: isColored } }) as Host,
  };
  return await run(context) ?? 0;
}

function detailOf(error: unknown): string {
  if (error instanceof UsageError || !(error instanceof Error)) return "";
  return error.stack ?? error.message;
}
