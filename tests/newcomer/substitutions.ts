/** A runtime that somebody new has. */
export type Runtime = "deno" | "node" | "bun";

/** What stands in for a piece of text that can't be run as it is. */
export interface Substitution {
  /** The text. */
  readonly from: string;
  /** What is run instead. */
  readonly to: string;
  /** The runtimes that need it. */
  readonly runtimes: readonly Runtime[];
  /** Why. */
  readonly why: string;
}

/** What takes the place of the repository's and the packages' homes. */
export interface Places {
  /** A repository to clone. */
  readonly repository: string;
  /** The package that `deno task npm` built, packed. */
  readonly tarball: string;
  /** A `deno.json` with the package and where its sources are. */
  readonly configuration: string;
}

const ALL: readonly Runtime[] = ["deno", "node", "bun"];
const FROM_NPM: readonly Runtime[] = ["node", "bun"];

/**
 * All that is not run as it stands in the pages.
 *
 * @param places What takes the place of what can't be reached.
 */
export function substitutions(places: Places): readonly Substitution[] {
  const { repository, tarball, configuration } = places;
  return [
    {
      from: "https://github.com/walbrook/walbrook",
      to: repository,
      runtimes: ALL,
      why: "a clone of this checkout's commit",
    },
    {
      from: "deno add jsr:@walbrook/walbrook",
      to: `cp ${configuration} deno.json`,
      runtimes: ALL,
      why: "the entry that it makes, linked to the clone",
    },
    {
      from: "npm install walbrook",
      to: `npm install ${tarball}`,
      runtimes: ALL,
      why: "the package that deno task npm builds",
    },
    {
      from: "bun add walbrook",
      to: `bun add ${tarball}`,
      runtimes: ALL,
      why: "the package that deno task npm builds",
    },
    {
      from: "@walbrook/walbrook@npm:walbrook",
      to: `@walbrook/walbrook@file:${tarball}`,
      runtimes: ALL,
      why: "the package that deno task npm builds",
    },
    {
      from: '"@walbrook/walbrook',
      to: '"walbrook',
      runtimes: FROM_NPM,
      why: "the name on npm, as README.md says",
    },
    {
      from: "mod.ts serve ",
      to: "mod.ts serve --port 0 ",
      runtimes: ALL,
      why: "a port that is free",
    },
    {
      from: "npx deno",
      to: "deno",
      runtimes: ["deno"],
      why: "with Deno, as README.md says",
    },
    {
      from: "node examples/",
      to: "bun examples/",
      runtimes: ["bun"],
      why: "Bun runs the same program",
    },
  ];
}

/** A text with its substitutes, and the reasons. */
export interface Substituted {
  /** What to run. */
  readonly text: string;
  /** Why it differs from the page; empty where it doesn't. */
  readonly why: readonly string[];
}

/**
 * Puts the substitutes into a text.
 *
 * @param text What a page says.
 * @param runtime For whom.
 * @param table What stands in for what.
 */
export function substitute(
  text: string,
  runtime: Runtime,
  table: readonly Substitution[],
): Substituted {
  const why: string[] = [];
  let result = text;
  for (const one of table) {
    if (!one.runtimes.includes(runtime) || !result.includes(one.from)) continue;
    result = result.replaceAll(one.from, one.to);
    why.push(one.why);
  }
  return { text: result, why };
}
