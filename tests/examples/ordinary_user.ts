import { dirname, join } from "node:path";

/** What a user without rights needs to run the examples. */
export interface OrdinaryUser {
  /** The user's id. */
  readonly uid: number;
  /** A copy of the checkout, with a slash at its end. */
  readonly root: string;
  /** A copy of Deno, which may be installed where the user can't go. */
  readonly deno: string;
  /** The user's variables. */
  readonly env: Readonly<Record<string, string>>;
}

const UID = 65534;
const CHECKOUT = [
  ...["deno.json", "mod.ts", "src", "packages", "examples", "tests/std"],
];

/**
 * Prepares a folder for a user without any rights, for tests that run as root. What
 * npm has delivered of the demo's version already is taken along.
 *
 * @param folder An empty folder that the user can reach.
 * @param npmPackage The package to take along, as `@scope/name`.
 */
export async function makeOrdinaryUser(
  folder: string,
  npmPackage: string,
): Promise<OrdinaryUser> {
  const root = join(folder, "checkout/");
  await Deno.mkdir(join(root, "tests"), { recursive: true });
  for (const path of CHECKOUT) {
    await run("cp", "-R", fromRoot(path), join(root, dirname(path)));
  }
  const deno = join(folder, "deno");
  await run("cp", Deno.execPath(), deno);
  const home = join(folder, "home");
  await Deno.mkdir(home);
  await takeAlong(npmPackage, home);
  await run("chmod", "-R", "a+rX", folder);
  await run("chown", "-R", `${UID}:${UID}`, home);
  return {
    uid: UID,
    root,
    deno,
    env: { HOME: home, DENO_DIR: join(home, "deno"), TMPDIR: home },
  };
}

async function takeAlong(npmPackage: string, home: string): Promise<void> {
  const npm = join(await denoDir(), "npm");
  for await (const { name: registry } of Deno.readDir(npm)) {
    const copy = join(home, "deno/npm", registry, npmPackage);
    await Deno.mkdir(copy, { recursive: true });
    for (const name of await namesIn(join(npm, registry, npmPackage))) {
      if (!/^18\.|\.json$/.test(name)) continue;
      await run("cp", "-R", join(npm, registry, npmPackage, name), copy);
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) =>
      name
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

function fromRoot(path: string): string {
  return new URL(`../../${path}`, import.meta.url).pathname;
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
