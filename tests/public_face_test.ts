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
    readonly def?: {
      readonly params?: readonly unknown[];
      readonly returnType?: { readonly repr?: string; readonly kind: string };
    };
  }[];
}

/** A module in the output of `deno doc --json`. */
interface DocumentedModule {
  readonly module_doc?: Documented["declarations"][number]["jsDoc"];
  readonly symbols: readonly Documented[];
}

const ROOT = new URL("../", import.meta.url);

/** The number of names in each group of `mod.ts`. */
const CATEGORIES: Readonly<Record<string, number>> = {
  "Subscribe": 7,
  "Events": 23,
  "Tables and rows": 6,
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

const { exports: ENTRIES }: { exports: Readonly<Record<string, string>> } = JSON
  .parse(await Deno.readTextFile(new URL("deno.json", ROOT)));

/** The entry points of the sister packages. */
const SISTERS = ["cli", "kafka", "nats", "otel"]
  .map((name) => `packages/${name}/mod.ts`);

const MODULES = await documentation([...Object.values(ENTRIES), ...SISTERS]);
const NAMES = MODULES.get("mod.ts")?.symbols ?? [];

/** What `deno doc` says about modules, by their paths from the root. */
async function documentation(
  paths: readonly string[],
): Promise<ReadonlyMap<string, DocumentedModule>> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...paths],
    cwd: ROOT,
    stderr: "null",
  }).output();
  assert(success, "deno doc --json fails");
  const { nodes }: { nodes: Record<string, DocumentedModule> } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  return new Map(
    Object.entries(nodes).map((
      [url, one],
    ) => [url.slice(ROOT.href.length), one]),
  );
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
  const homes = new Map<string, string[]>();
  for (const [entry, path] of Object.entries(ENTRIES)) {
    if (REPEATING.has(entry)) continue;
    for (const name of await listedNames(path)) {
      homes.set(name, [...homes.get(name) ?? [], entry]);
    }
  }
  const repeated = [...homes].filter(([, entries]) => entries.length > 1);
  assertEquals(repeated, []);
});

Deno.test("docs/modules.md lists every entry point", async () => {
  const page = await Deno.readTextFile(new URL("docs/modules.md", ROOT));
  const missing = Object.keys(ENTRIES).filter((entry) =>
    !page.includes(entry === "." ? "`@walbrook/walbrook`" : `\`${entry}\``)
  );
  assertEquals(missing, []);
});

Deno.test("every entry point says what it is for, with an example", () => {
  const lacking = [...MODULES].filter(([, { module_doc }]) =>
    !module_doc?.doc || !module_doc.tags?.some(({ kind }) => kind === "example")
  );
  assertEquals(lacking.map(([path]) => path), []);
});

Deno.test("every function and class has an example, and so have the root's events and SubscribeOptions", () => {
  const lacking = everySymbol().filter(({ path, symbol }) => {
    const { name, declarations } = symbol;
    const isCode = declarations.some(({ kind }) =>
      kind === "function" || kind === "class"
    );
    const isEvent = path === "mod.ts" && /Event$/.test(name) &&
      declarations.some(({ kind }) => kind === "interface");
    const isOptions = path === "mod.ts" && name === "SubscribeOptions";
    return (isCode || isEvent || isOptions) &&
      tagsOf(symbol, "example").length === 0;
  });
  assertEquals(
    lacking.map(({ path, symbol }) => `${path}: ${symbol.name}`),
    [],
  );
});

Deno.test("every function describes its parameters and its result", () => {
  const lacking = everySymbol().flatMap(({ path, symbol }) =>
    symbol.declarations.filter(({ kind, def, jsDoc }) => {
      // The last declaration of an overloaded function is not public.
      const isHidden = jsDoc === undefined && symbol.declarations.length > 1;
      if (kind !== "function" || isHidden) return false;
      const count = (tag: string) =>
        jsDoc?.tags?.filter((one) => one.kind === tag).length ?? 0;
      const isVoid = JSON.stringify(def?.returnType ?? "void").includes("void");
      return count("param") < (def?.params?.length ?? 0) ||
        (!isVoid && count("return") === 0);
    }).map(() => `${path}: ${symbol.name}`)
  );
  assertEquals(lacking, []);
});

// A tag is one only at the start of a line.
Deno.test("no comment of a public name has a tag within a line", () => {
  const broken: string[] = [];
  JSON.stringify([...MODULES], (key, value) => {
    const tag = key === "doc" &&
      / @(?:default|param|returns|throws)\b/.exec(value);
    if (tag) broken.push(value);
    return value;
  });
  assertEquals(broken, []);
});

function everySymbol(): { path: string; symbol: Documented }[] {
  return [...MODULES].flatMap(([path, { symbols }]) =>
    symbols.map((symbol) => ({ path, symbol }))
  );
}
