import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildPackage } from "../../npm/build.ts";
import { findProgram, versionOf } from "../../tests/runtimes/binaries.ts";
import { transpile } from "../../tests/runtimes/transpile.ts";

/** The name of a runtime. */
export type RuntimeName = "Deno" | "Bun" | "Node";

/** All runtimes, in the order of the tables. */
export const RUNTIMES: readonly RuntimeName[] = ["Deno", "Bun", "Node"];

/** A runtime, and how to start a program in it. */
export interface Runtime {
  readonly name: RuntimeName;
  readonly version: string;
  readonly command: readonly string[];
  /** The program that takes turns, as this runtime gets it. */
  readonly program: string;
  /** The program that measures a cold start. */
  readonly coldStart: string;
}

/** A checkout of Walbrook, in the form that each runtime's users get. */
export interface Build {
  /** The URL of its `mod.ts`; for Node and Bun, of the main module of the npm package. */
  library(runtime: RuntimeName): string;
}

/** The runtimes, the other clients and the builds under test. */
export interface Laboratory extends AsyncDisposable {
  readonly runtimes: readonly Runtime[];
  /** The other clients' versions, by name. */
  readonly peers: Readonly<Record<string, string>>;
  /** A temporary folder, in whose `node_modules` the other clients are. */
  readonly folder: string;
  /** This checkout. */
  readonly build: Build;
  /** Prepares another checkout. */
  prepare(root: string): Promise<Build>;
}

const ROOT = new URL("../../", import.meta.url).pathname;
const PROGRAM = "bench/program/main.ts";
const COLD_START = "bench/program/cold_start.ts";
/** The packages that those programs import, besides Walbrook. */
const SOURCES: readonly string[] = [
  ...["bench/program", "bench/clients"],
  ...["bench/recording.ts", "bench/memory_server.ts"],
];

const PEERS: Readonly<Record<string, string>> = {
  "pg": "^8.16.3",
  "pg-cursor": "^2.15.3",
  "pg-logical-replication": "^2.5.0",
  "pgwire": "^0.8.1",
  "postgres": "^3.4.9",
};

/**
 * Fetches the other clients and, where wanted, Node and Bun from npm. The folder with
 * them goes away at the end.
 *
 * @param names The runtimes to measure in. One that npm does not have for this system is
 * left out.
 */
export async function openLaboratory(
  names: readonly RuntimeName[],
): Promise<Laboratory> {
  const folder = await Deno.makeTempDir({ prefix: "walbrook_bench_" });
  const remove = async () => {
    try {
      await Deno.remove(folder, { recursive: true });
    } catch (error) {
      // Something that tidies up temporary files has been here.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  let builds = 0;
  async function prepare(root: string): Promise<Build> {
    const built = join(folder, `build_${builds++}`);
    if (names.some((name) => name !== "Deno")) await buildPackage(root, built);
    return {
      library: (runtime) =>
        pathToFileURL(
          runtime === "Deno" ? join(root, "mod.ts") : join(built, "mod.js"),
        ).href,
    };
  }
  try {
    await installPeers(folder);
    const build = await prepare(ROOT);
    const programs = join(folder, "programs");
    if (names.includes("Node")) await transpile(programs, SOURCES);
    const runtimes = await Promise.all(
      names.map((name) => findRuntime(name, name === "Node" ? programs : ROOT)),
    );
    return {
      folder,
      build,
      prepare,
      peers: await peerVersions(folder),
      runtimes: runtimes.filter((runtime) => runtime !== null),
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function installPeers(folder: string): Promise<void> {
  await Deno.writeTextFile(
    join(folder, "package.json"),
    JSON.stringify({ private: true, dependencies: PEERS }),
  );
  await run(
    [Deno.execPath(), "install", "--quiet", "--node-modules-dir=auto"],
    folder,
  );
}

async function findRuntime(
  name: RuntimeName,
  folder: string,
): Promise<Runtime | null> {
  const programs = {
    program: join(folder, PROGRAM),
    coldStart: join(folder, COLD_START),
  };
  if (name === "Deno") {
    const command = [Deno.execPath(), "run", "--quiet", "--no-check", "-A"];
    return { name, version: Deno.version.deno, command, ...programs };
  }
  const program = name === "Node" ? "node24" : "bun";
  const path = await findProgram(program);
  if (path === null) return null;
  const version = versionOf(program);
  if (name === "Bun") return { name, version, command: [path], ...programs };
  const compiled = Object.fromEntries(
    Object.entries(programs).map(([use, file]) => [
      use,
      file.replace(/\.ts$/, ".js"),
    ]),
  ) as typeof programs;
  return { name, version, command: [path], ...compiled };
}

/**
 * Runs a program to its end.
 *
 * @param command The program and its arguments.
 * @param cwd The folder to run it in.
 * @returns What it printed.
 * @throws {Error} If it fails; the message has what it printed.
 */
export async function run(
  [program = "", ...args]: readonly string[],
  cwd: string,
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
  }).output();
  if (success) return new TextDecoder().decode(stdout).trim();
  throw new Error(
    `Cannot run ${program} ${args.join(" ").slice(0, 200)}: ${
      new TextDecoder().decode(stderr).trim()
    }`,
  );
}

async function peerVersions(folder: string): Promise<Record<string, string>> {
  const entries = Object.keys(PEERS).map(async (name) => {
    const path = join(folder, "node_modules", name, "package.json");
    const { version } = JSON.parse(await Deno.readTextFile(path));
    return [name, version];
  });
  return Object.fromEntries(await Promise.all(entries));
}
