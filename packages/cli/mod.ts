/**
 * Walbrook on the command line: follows the changes of a PostgreSQL database, and manages
 * what makes them flow.
 *
 * ```sh
 * deno run -A jsr:@walbrook/cli --help
 * ```
 *
 * @module
 */
import process from "node:process";
import type { StartDemo } from "./src/process/host.ts";
import { processHost } from "./src/process/process_host.ts";
import { run } from "./src/main.ts";

export type {
  SinkConfig,
  SinkConfigModule,
  SinkLibrary,
} from "./src/sink/config.ts";
export type { Demo, StartDemo } from "./src/process/host.ts";

/** Options for {@linkcode main}. */
export interface MainOptions {
  /**
   * How to call the program, for the help.
   *
   * @default {"walbrook"}
   */
  readonly program?: string;
  /**
   * Starts a server for `tail` without a database.
   *
   * @default {undefined} `tail` asks for a database
   */
  readonly demo?: StartDemo;
}

/**
 * Runs a command line in this process: it reads the environment, writes to the standard
 * output and the standard error, and ends in good order at Ctrl-C.
 *
 * @example
 * ```ts ignore
 * import { main } from "@walbrook/cli";
 *
 * console.log(await main(["--version"]));
 * ```
 *
 * @param args The command and its arguments, such as `["slots", "list"]`.
 * @param options How to call the program, and what it may start.
 * @returns The exit status.
 */
export async function main(
  args: readonly string[],
  { program = "walbrook", demo }: MainOptions = {},
): Promise<number> {
  const host = processHost({
    program,
    ...demo === undefined ? {} : { demo },
  });
  return await run(args, host);
}

// A write that nobody reads would keep the process alive.
if (import.meta.main) process.exit(await main(process.argv.slice(2)));
