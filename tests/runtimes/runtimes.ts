import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, platform } from "./binaries.ts";
import { bundle } from "./bundle.ts";
import type {
  Outcome,
  Parameters,
  RuntimeName,
} from "./conformance/context.ts";
import { transpile } from "./transpile.ts";
import { startWorkerd } from "./workerd.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROCESS = "tests/runtimes/conformance/run_process.ts";
const WORKER = "tests/runtimes/conformance/run_worker.ts";

/** Many times what the suite takes: only one that hangs takes longer. */
const LIMIT_MS = 300_000;

/** A runtime, and how to run the suite in it. */
export interface Runtime {
  /** Its name in the table. */
  readonly name: RuntimeName;
  /** What it runs: the sources as they are, or what is made of them first. */
  readonly runs: string;
  /**
   * Runs the suite.
   *
   * @returns The outcomes, or `null` where the runtime can't be had on this system.
   */
  run(parameters: Parameters): Promise<readonly Outcome[] | null>;
}

/** All runtimes. */
export const RUNTIMES: readonly Runtime[] = [
  {
    name: "Deno",
    runs: "the sources",
    run: async (parameters) =>
      await runProcess(
        [Deno.execPath(), "run", "-A", "--no-check"],
        parameters,
      ),
  },
  {
    name: "Node 20",
    runs: "what JSR makes for npm",
    run: (parameters) => runTranspiled("node20", parameters),
  },
  {
    name: "Node 22",
    runs: "what JSR makes for npm",
    run: (parameters) => runTranspiled("node22", parameters),
  },
  {
    name: "Node 24",
    runs: "the sources",
    run: (parameters) => runSources("node24", parameters),
  },
  {
    name: "Bun",
    runs: "the sources",
    run: (parameters) => runSources("bun", parameters),
  },
  {
    name: "Workers",
    runs: "a bundle, in workerd",
    run: runWorker,
  },
];

async function runSources(
  program: "node24" | "bun",
  parameters: Parameters,
): Promise<readonly Outcome[] | null> {
  const path = await findProgram(program);
  return path === null ? null : await runProcess([path], parameters);
}

async function runTranspiled(
  program: "node20" | "node22",
  parameters: Parameters,
): Promise<readonly Outcome[] | null> {
  const path = await findProgram(program);
  if (path === null) return null;
  const folder = await Deno.makeTempDir();
  try {
    await transpile(folder, ["tests/runtimes/conformance"]);
    return await runProcess([path], parameters, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runProcess(
  [program = "", ...args]: readonly string[],
  parameters: Parameters,
  folder?: string,
): Promise<readonly Outcome[]> {
  const module = folder === undefined
    ? join(ROOT, PROCESS)
    : join(folder, PROCESS.replace(/\.ts$/, ".js"));
  const { code, signal, stdout, stderr } = await new Deno.Command(program, {
    args: [...args, module, JSON.stringify(parameters)],
    env: {
      PGAPPNAME: "from the environment",
      NODE_EXTRA_CA_CERTS: parameters.authorityFile,
      DENO_CERT: parameters.authorityFile,
      NO_COLOR: "1",
    },
    // One that has something left to wait for does not end by itself.
    signal: AbortSignal.timeout(LIMIT_MS),
  }).output();
  const text = new TextDecoder();
  if (code !== 0) {
    throw new Error(
      `${parameters.runtime} ended with ${signal ?? code}, after\n${
        text.decode(stdout)
      }${text.decode(stderr)}`,
    );
  }
  const lines = text.decode(stdout).trim().split("\n");
  return lines.map((line): Outcome => JSON.parse(line));
}

async function runWorker(
  parameters: Parameters,
): Promise<readonly Outcome[] | null> {
  const path = await findProgram("workerd");
  if (path === null) return null;
  const code = await bundle(WORKER);
  await using workerd = await startWorkerd(path, {
    module: code,
    trusted: parameters.authority,
  });
  const response = await fetch(workerd.url, {
    method: "POST",
    body: JSON.stringify(parameters),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Error(`${text}\n${await workerd.log()}`);
}

/** Says why a runtime is not run. */
export function missingRuntime(name: RuntimeName): string {
  return `npm has no ${name} for ${platform()}`;
}
