import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, type Program } from "./binaries.ts";
import type { RuntimeName } from "./conformance/context.ts";
import { transpile } from "./transpile.ts";
import type { ConnectionOptions } from "@walbrook/walbrook";
import { assert } from "@std/assert";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAM = "tests/runtimes/log_in.ts";

// What each runs: the sources as they are, or what JSR makes of them for npm.
const RUNTIMES: readonly (readonly [RuntimeName, Program | null, boolean])[] = [
  ["Deno", null, false],
  ["Node 20", "node20", true],
  ["Node 22", "node22", true],
  ["Node 24", "node24", false],
  ["Bun", "bun", false],
];

/** What to try, by name. */
export type Attempts = Readonly<Record<string, ConnectionOptions>>;

/** Runs `log_in.ts` in each runtime that has files and all of TLS. Dispose it. */
export class LogInCommands implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes ready what the runtimes are to run. */
  static async create(): Promise<LogInCommands> {
    const folder = await Deno.makeTempDir();
    await transpile(folder, [PROGRAM]);
    return new LogInCommands(folder);
  }

  /** The runtimes that are to be had here, each with its command. */
  async commands(): Promise<Map<RuntimeName, readonly string[]>> {
    const commands = new Map<RuntimeName, readonly string[]>();
    for (const [name, program, isTranspiled] of RUNTIMES) {
      const path = program === null ? Deno.execPath() : await findProgram(
        program,
      );
      if (path === null) {
        console.log(`${name} is not tested: npm has none for this system`);
        continue;
      }
      const options = program === null ? ["run", "-A", "--no-check"] : [];
      const module = isTranspiled
        ? join(this.#folder, PROGRAM.replace(/ts$/, "js"))
        : join(ROOT, PROGRAM);
      commands.set(name, [path, ...options, module]);
    }
    return commands;
  }

  /**
   * Says how to run the program in Deno without any permission but for some addresses.
   *
   * @param addresses Each a host and a port.
   */
  denoWith(addresses: readonly string[]): readonly string[] {
    return [
      ...[Deno.execPath(), "run", "--no-check", "--no-prompt"],
      ...[`--allow-net=${addresses}`, `--allow-read=${this.#attempts}`],
      join(ROOT, PROGRAM),
    ];
  }

  get #attempts(): string {
    return join(this.#folder, "attempts.json");
  }

  /**
   * Tries to log in.
   *
   * @param command How to run the program.
   * @param attempts What to try.
   * @returns What came of each: the TLS version, `plain`, or the error.
   */
  async run(
    [program = "", ...args]: readonly string[],
    attempts: Attempts,
  ): Promise<Readonly<Record<string, string>>> {
    const file = this.#attempts;
    await Deno.writeTextFile(file, JSON.stringify(attempts));
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args, file],
    }).output();
    const decoder = new TextDecoder();
    assert(success, decoder.decode(stderr));
    return JSON.parse(decoder.decode(stdout));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
