import type { Job, Outcome } from "./program.ts";

/** A runtime: its name, and how to start a program in it. */
export interface Runtime {
  readonly name: "Deno" | "Bun" | "Node";
  readonly version: string;
  readonly command: readonly string[];
  /** The program that measures, as this runtime takes it. */
  readonly program: string;
}

const PROGRAM = new URL("./program.ts", import.meta.url).pathname;

/** What is measured, and in what. */
export interface Laboratory extends AsyncDisposable {
  readonly runtimes: readonly Runtime[];
  /** The other clients' versions, by name. */
  readonly peers: Readonly<Record<string, string>>;
  /** A temporary folder, in whose `node_modules` the other clients are. */
  readonly folder: string;
}

const PEERS: Readonly<Record<string, string>> = {
  "pg-logical-replication": "*",
  "pgwire": "*",
  "postgres": "*",
};

/**
 * Gets the other clients and, where wanted, Node and Bun from npm, into a temporary
 * folder that goes away in the end.
 *
 * @param names Which runtimes to measure in.
 */
export async function openLaboratory(
  names: readonly Runtime["name"][],
): Promise<Laboratory> {
  const folder = await Deno.makeTempDir({ prefix: "walbrook_bench_" });
  const remove = () => Deno.remove(folder, { recursive: true });
  try {
    const os = Deno.build.os;
    const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
    const binaries: Readonly<Record<string, string>> = {
      Node: `npm:node-${os}-${arch}@24`,
      Bun: `npm:@oven/bun-${os}-${Deno.build.arch}@*`.replace("x86_64", "x64"),
    };
    const wanted = Object.entries(binaries).filter(([name]) =>
      names.some((one) => one === name)
    );
    await Deno.writeTextFile(
      `${folder}/package.json`,
      JSON.stringify({
        private: true,
        dependencies: { ...PEERS, ...Object.fromEntries(wanted) },
      }),
    );
    await run([
      Deno.execPath(),
      "install",
      "--quiet",
      "--node-modules-dir=auto",
    ], folder);
    const bin = (name: string) =>
      `${folder}/node_modules/${name}/bin/${name.toLowerCase()}`;
    const commands: Readonly<Record<Runtime["name"], readonly string[]>> = {
      Deno: [Deno.execPath(), "run", "--quiet", "--no-check", "-A"],
      Bun: [bin("Bun")],
      Node: [bin("Node")],
    };
    const compiled = `${folder}/program.mjs`;
    if (names.includes("Node")) await compile(compiled);
    return {
      folder,
      peers: await peerVersions(folder),
      runtimes: await Promise.all(names.map(async (name) => ({
        name,
        command: commands[name],
        program: name === "Node" ? compiled : PROGRAM,
        version: name === "Deno"
          ? Deno.version.deno
          : (await run([bin(name), "--version"], folder)).replace(/^v/, ""),
      }))),
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

// To take the types out by itself costs Node some 45 MB. Its users get JavaScript.
async function compile(path: string): Promise<void> {
  const { dirname } = import.meta;
  const output = ["--quiet", "--platform", "deno", "--output", path];
  await run([Deno.execPath(), "bundle", ...output, PROGRAM], dirname ?? ".");
}

/** Runs a program in a folder and gives what it printed. */
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

/** Measures one client in one runtime. */
export async function measure(
  runtime: Runtime,
  job: Job,
): Promise<Outcome> {
  const text = await run(
    [...runtime.command, runtime.program, JSON.stringify(job)],
    job.modules,
  );
  return JSON.parse(text);
}

async function peerVersions(folder: string): Promise<Record<string, string>> {
  const entries = Object.keys(PEERS).map(async (name) => {
    const path = `${folder}/node_modules/${name}/package.json`;
    const { version } = JSON.parse(await Deno.readTextFile(path));
    return [name, version];
  });
  return Object.fromEntries(await Promise.all(entries));
}
