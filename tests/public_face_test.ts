import { assert, assertEquals } from "@std/assert";

/** A name in the output of `deno doc --json`. */
interface Documented {
  readonly name: string;
  readonly declarations: readonly {
    readonly kind: string;
    readonly jsDoc?: {
      readonly doc?: string;
      readonly tags?: readonly {
        readonly kind: string;
        readonly doc?: string;
      }[];
    };
  }[];
}

const ROOT = new URL("../", import.meta.url);

/** The number of names in each group of `mod.ts`. */
const CATEGORIES: Readonly<Record<string, number>> = {
  "Subscribe": 7,
  "Events": 29,
  "Checkpoints": 2,
  "Positions and times": 7,
  "Values": 7,
  "Errors": 11,
};

/**
 * The most names that `mod.ts` may have: all that a program with `subscribe()` imports.
 * Types of parts of these have a sub-path.
 */
const MOST_NAMES = 63;

/**
 * The sub-paths that repeat names of others: decoders and readers that are used alone, and
 * the modules of single runtimes, which a bundler must be able to take alone.
 */
const REPEATING: ReadonlySet<string> = new Set([
  ...["./pgoutput", "./test_decoding", "./wal2json", "./wal"],
  ...["./workers", "./bun"],
]);

const NAMES = await namesOf("mod.ts");

async function namesOf(entry: string): Promise<readonly Documented[]> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", entry],
    cwd: ROOT,
    stderr: "null",
  }).output();
  assert(success, `deno doc --json ${entry} fails`);
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  return Object.values<{ symbols: Documented[] }>(nodes)[0]!.symbols;
}

/** The names in the lists `export { … } from "…"` of a module. */
async function listedNames(path: string): Promise<readonly string[]> {
  const text = await Deno.readTextFile(new URL(path, ROOT));
  const lists = text.replaceAll(/\/\*.*?\*\//gs, "")
    .matchAll(/\bexport\s+(?:type\s+)?\{([^}]*)\}\s*from\b/g);
  return [...lists].flatMap(([, list = ""]) =>
    list.split(",").map((item) => item.trim().replace(/^type\s+/, ""))
      .filter((name) => name !== "")
  );
}

function tagsOf({ declarations }: Documented, kind: string): string[] {
  return declarations.flatMap(({ jsDoc }) => jsDoc?.tags ?? [])
    .filter((tag) => tag.kind === kind)
    .map(({ doc = "" }) => doc.trim());
}

Deno.test("every name of mod.ts has a group, and each group has a fixed number of names", () => {
  const counts: Record<string, number> = {};
  for (const symbol of NAMES) {
    const [category = `none: ${symbol.name}`] = tagsOf(symbol, "category");
    counts[category] = (counts[category] ?? 0) + 1;
  }
  assertEquals(counts, { ...CATEGORIES });
});

Deno.test("mod.ts has no more names than its bar", () => {
  assert(
    NAMES.length <= MOST_NAMES,
    `${NAMES.length} names, more than ${MOST_NAMES}: give the new ones a sub-path`,
  );
});

Deno.test("a name is exported by one entry point", async () => {
  const { exports }: { exports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const homes = new Map<string, string[]>();
  for (const [entry, path] of Object.entries(exports)) {
    if (REPEATING.has(entry)) continue;
    for (const name of await listedNames(path)) {
      homes.set(name, [...homes.get(name) ?? [], entry]);
    }
  }
  const repeated = [...homes].filter(([, entries]) => entries.length > 1);
  assertEquals(repeated, []);
});

Deno.test("every function, class, event and SubscribeOptions has an example", () => {
  const lacking = NAMES.filter((symbol) => {
    const { name, declarations } = symbol;
    const isCode = declarations.some(({ kind }) =>
      kind === "function" || kind === "class"
    );
    const isEvent = declarations.some(({ kind }) => kind === "interface") &&
      /^(?!Typed)\w+Event$/.test(name);
    return (isCode || isEvent || name === "SubscribeOptions") &&
      tagsOf(symbol, "example").length === 0;
  });
  assertEquals(lacking.map(({ name }) => name), []);
});
