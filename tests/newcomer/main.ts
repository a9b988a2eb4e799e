/**
 * Follows README.md and the guides word for word, as a new user would: in an empty folder
 * with empty caches, as root and as an ordinary user, in Deno, Node and Bun.
 *
 *   deno task newcomer [--runtimes deno,node,bun] [--users root,ordinary]
 *
 * It clones the commit that is checked out, but reads the pages from the working tree.
 *
 * @module
 */
import { buildPackage } from "../../npm/build.ts";
import { findProgram } from "../runtimes/binaries.ts";
import { run } from "./run_program.ts";
import { Person } from "./person.ts";
import { PAGES } from "./steps.ts";
import { type Places, type Runtime, substitutions } from "./substitutions.ts";
import { type Outcome, type Times, walk } from "./walk.ts";
import { parseArgs } from "@std/cli/parse-args";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NOBODY = 65534;
const RUNTIMES: readonly Runtime[] = ["deno", "node", "bun"];

type User = "root" | "ordinary";

async function main(): Promise<void> {
  const args = parseArgs(Deno.args, { string: ["runtimes", "users"] });
  const isRoot = Deno.uid() === 0;
  const runtimes = choose(args.runtimes, RUNTIMES);
  const users = choose<User>(
    args.users,
    isRoot ? ["root", "ordinary"] : ["ordinary"],
  );
  const pages = new Map<string, string>();
  for (const page of PAGES) {
    pages.set(page, await Deno.readTextFile(join(ROOT, page)));
  }
  const { tasks } = JSON.parse(
    await Deno.readTextFile(join(ROOT, "deno.json")),
  );
  const folder = await Deno.makeTempDir({ prefix: "newcomer_" });
  try {
    await Deno.chmod(folder, 0o755);
    const places = await preparePlaces(folder);
    for (const runtime of runtimes) {
      const bin = await prepareBin(folder, runtime);
      if (bin === null) {
        console.log(
          `${runtime}: not run, since npm has no binary for this system`,
        );
        continue;
      }
      for (const user of users) {
        console.log(
          `\n# ${runtime}, ${
            user === "root" ? "as root" : "as an ordinary user"
          }`,
        );
        const person = await Person.create(
          join(folder, `${runtime}_${user}`),
          { uid: isRoot && user === "ordinary" ? NOBODY : undefined, bin },
        );
        await Deno.mkdir(join(person.home, "project"));
        await person.own(join(person.home, "project"));
        await person.own(places.repository);
        const walker = {
          person,
          runtime,
          substitutions: substitutions(places),
          tasks: new Set(Object.keys(tasks)),
        };
        printTimes(await walk(pages, walker, print));
        await Deno.remove(person.home, { recursive: true });
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function choose<T extends string>(
  given: string | undefined,
  known: readonly T[],
): readonly T[] {
  if (given === undefined) return known;
  return given.split(",").map((name) => {
    const found = known.find((one) => one === name);
    if (found !== undefined) return found;
    throw new TypeError(
      `Cannot use "${name}": expected ${known.join(", ")}`,
    );
  });
}

/** Makes the local substitutes for the repository and the package registries. */
async function preparePlaces(folder: string): Promise<Places> {
  const repository = join(folder, "remote/walbrook");
  // The checkout may belong to another user.
  const trust = ["config", "--file", join(folder, "gitconfig")];
  await run("git", ...trust, "safe.directory", "*");
  const variable = `GIT_CONFIG_GLOBAL=${join(folder, "gitconfig")}`;
  const clone = ["clone", "--quiet", "--bare", ROOT, repository];
  await run("env", variable, "git", ...clone);
  const built = join(folder, "built");
  await buildPackage(ROOT, built);
  const packed = await run(
    "npm",
    "pack",
    "--silent",
    built,
    "--pack-destination",
    folder,
  );
  // In a separate folder, since Deno uses the nearest deno.json above a program.
  const configuration = join(folder, "jsr/deno.json");
  await Deno.mkdir(join(folder, "jsr"));
  const { name, version } = JSON.parse(
    await Deno.readTextFile(join(ROOT, "deno.json")),
  );
  await Deno.writeTextFile(
    configuration,
    JSON.stringify({
      imports: { [name]: `jsr:${name}@^${version}` },
      links: ["../walbrook"],
    }),
  );
  return { repository, tarball: join(folder, packed.trim()), configuration };
}

/** Makes a folder with a runtime's program, which every user can run. */
async function prepareBin(
  folder: string,
  runtime: Runtime,
): Promise<string | null> {
  const bin = join(folder, `bin_${runtime}`);
  await Deno.mkdir(bin);
  const programs = {
    deno: Deno.execPath(),
    bun: await findProgram("bun"),
    node: await findProgram("node24"),
  };
  // Users of Bun have npx from Node.
  for (const name of runtime === "bun" ? ["bun", "node"] as const : [runtime]) {
    const program = programs[name];
    if (program === null) return null;
    await Deno.copyFile(program, join(bin, name));
    await Deno.chmod(join(bin, name), 0o755);
  }
  return bin;
}

function print({ block, command, result, notes, ms }: Outcome): void {
  const [first = ""] = (command ?? block.code).split("\n");
  const what = first.length > 60 ? `${first.slice(0, 59)}…` : first;
  console.log(
    [
      `${block.page}:${block.line}`.padEnd(20),
      block.language.padEnd(10),
      result.padEnd(7),
      `${(ms / 1000).toFixed(1)} s`.padStart(7),
      ` ${what}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`,
    ].join(" "),
  );
}

function printTimes({ cloneMs, installMs }: Times): void {
  console.log(
    `To the first event: ${(cloneMs / 1000).toFixed(1)} s from git clone, ${
      (installMs / 1000).toFixed(1)
    } s from installing the package`,
  );
}

await main();
