/**
 * Walbrook on the command line: follows the changes of a PostgreSQL database, and manages
 * slots and publications.
 *
 * @example
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
   * The name of the program in the help.
   *
   * @default {"walbrook"}
   */
  readonly program?: string;
  /**
   * Starts a server for `tail` without a database.
   *
   * @default {undefined} `tail` requires a database
   */
  readonly demo?: StartDemo;
}

/**
 * Runs a command line in this process: it reads the environment, writes to standard output
 * and standard error, and shuts down cleanly at Ctrl-C.
 *
 * @example
 * ```ts ignore
 * import { main } from "@walbrook/cli";
 *
 * console.log(await main(["--version"]));
 * ```
 *
 * @param args The command and its arguments, such as `["slots", "list"]`.
 * @param options The name of the program, and what it may start.
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
