import { TextLineStream } from "./text_line_stream.ts";

/** How to run it. */
export interface TailRun {
  /** Environment variables besides those which say nothing of databases. */
  readonly env?: Readonly<Record<string, string>>;
  /** The checkout to run it from. */
  readonly root?: string;
  /** The user to run it as. */
  readonly uid?: number;
  /** The Deno to run it with. */
  readonly deno?: string;
}

/** What it said and how it ended. */
export interface TailResult {
  readonly code: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

const ROOT = new URL("../../", import.meta.url).pathname;
const DEADLINE_MS = 180_000;

/** Starts `examples/tail.ts`, as a user would. */
export function spawnTail(
  args: readonly string[],
  { env = {}, root = ROOT, uid, deno = Deno.execPath() }: TailRun = {},
): Deno.ChildProcess {
  const command = new Deno.Command(deno, {
    args: ["run", "-A", "--quiet", `${root}examples/tail.ts`, ...args],
    cwd: root,
    clearEnv: true,
    env: { ...quietEnvironment(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...uid === undefined ? {} : { uid, gid: uid },
  });
  return bounded(command.spawn());
}

/** Ends a program that hangs, so that a test fails which waits for it. */
export function bounded(child: Deno.ChildProcess): Deno.ChildProcess {
  const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
  child.status.finally(() => clearTimeout(timer));
  return child;
}

/** Runs it to its end. */
export async function runTail(
  args: readonly string[],
  run?: TailRun,
): Promise<TailResult> {
  const { code, stdout, stderr } = await spawnTail(args, run).output();
  return { code, stdout: linesOf(stdout), stderr: toldIn(stderr) };
}

/**
 * The lines that a command writes to its error output, without the one that explains a long
 * wait: any command has it on a machine that is slow enough.
 */
export function toldIn(bytes: Uint8Array): string[] {
  return linesOf(bytes).filter((line) =>
    !line.includes(": still waiting for the server.")
  );
}

/** The lines of some output. */
export function linesOf(bytes: Uint8Array): string[] {
  return new TextDecoder().decode(bytes).split("\n").filter((line) => line);
}

/** Reads lines up to the first that will do. */
export async function readUntil(
  reader: ReadableStreamDefaultReader<string>,
  isLast: (line: string) => boolean,
): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`It ended too early, after ${lines.join("\n")}`);
    lines.push(value);
    if (isLast(value)) return lines;
  }
}

/** Reads a child's output by lines. */
export function lineReader(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStreamDefaultReader<string> {
  return bytes.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream()).getReader();
}

// Whoever runs the tests may have a database of their own.
function quietEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) =>
      !name.startsWith("PG") && name !== "DATABASE_URL"
    ),
  );
}
