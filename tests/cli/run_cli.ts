import { bounded, linesOf, toldIn } from "../examples/run_tail.ts";

export { bounded };

/** How to run it. */
export interface CliRun {
  /** Environment variables besides those which say nothing of databases. */
  readonly env?: Readonly<Record<string, string>>;
  /** What to write to its standard input, which ends after it. */
  readonly input?: string;
}

/** What it said and how it ended. */
export interface CliResult {
  readonly code: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** The root of the repository. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;
/** The program's file. */
export const CLI: string = `${ROOT}packages/cli/mod.ts`;

/** The environment, without what whoever runs the tests has set for a database. */
export function quietEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) =>
      !name.startsWith("PG") && name !== "DATABASE_URL"
    ),
  );
}

/** Starts a command, as a user would. */
export function spawnCli(
  args: readonly string[],
  { env = {} }: CliRun = {},
): Deno.ChildProcess {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", CLI, ...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...quietEnvironment(), ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  return bounded(command.spawn());
}

/** Runs a command to its end. */
export async function runCli(
  args: readonly string[],
  run: CliRun = {},
): Promise<CliResult> {
  const child = spawnCli(args, run);
  const writer = child.stdin.getWriter();
  // It may end without having read anything.
  if (run.input !== undefined) {
    await writer.write(new TextEncoder().encode(run.input)).catch(() => {});
  }
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: linesOf(stdout), stderr: toldIn(stderr) };
}

/** Runs a command that has to end well, and reads the JSON that it writes. */
export async function jsonOf(
  args: readonly string[],
  run?: CliRun,
): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await runCli([...args, "--json"], run);
  if (code !== 0) throw new Error(`Exit status ${code}: ${stderr.join("\n")}`);
  return stdout.map((line) => JSON.parse(line));
}
