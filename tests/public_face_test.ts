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
  "Subscribe": 22,
  "Events": 26,
  "Typed rows": 30,
  "Initial copy": 14,
  "Checkpoints": 6,
  "Progress": 10,
  "Positions and times": 7,
  "Values": 9,
  "Errors": 12,
};

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
