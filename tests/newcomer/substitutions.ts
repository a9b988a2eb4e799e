/** The runtime of a new user. */
export type Runtime = "deno" | "node" | "bun";

/** A substitution for a piece of text that cannot be run as it is. */
export interface Substitution {
  /** The text to replace. */
  readonly from: string;
  /** The text to run instead. */
  readonly to: string;
  /** The runtimes that need it. */
  readonly runtimes: readonly Runtime[];
  /** The reason for the substitution. */
  readonly why: string;
}

/** The local substitutes for the repository and the package registries. */
export interface Places {
  /** A repository to clone. */
  readonly repository: string;
  /** The package that `deno task npm` built, as a tarball. */
  readonly tarball: string;
  /** A `deno.json` that imports the package and links it to its sources. */
  readonly configuration: string;
}

const ALL: readonly Runtime[] = ["deno", "node", "bun"];
const FROM_NPM: readonly Runtime[] = ["node", "bun"];

/**
 * Returns the substitutions for all text that is not run as it is in the pages.
 *
 * @param places The substitutes for the places that cannot be reached.
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

/** A text after its substitutions, with their reasons. */
export interface Substituted {
  /** The text to run. */
  readonly text: string;
  /** The reasons why it differs from the page; empty if it does not. */
  readonly why: readonly string[];
}

/**
 * Applies substitutions to a text.
 *
 * @param text The text of a page.
 * @param runtime The runtime that is to run it.
 * @param table The table of substitutions.
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
