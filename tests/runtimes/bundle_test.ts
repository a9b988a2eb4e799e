import { assert, assertEquals } from "@std/assert";
import { bundle, gzippedLength, loadedLater } from "./bundle.ts";

// In gzipped bytes. `deno task bundle` shows which files weigh most.
const LIMIT = 32_000;
const LIMIT_OF_MOD = 40_000;
const LIMIT_OF_ONE_FILE = 89_000;
/** Besides that: what copies tables, with the option `snapshot`. */
const LIMIT_OF_COPY = 19_700;

for (const entry of ["src/workers.ts", "examples/worker/worker.ts"]) {
  Deno.test(`the bundle of ${entry} names no module of another runtime`, async () => {
    const code = await bundle(entry);
    assertEquals(code.match(/\bnode:\w+|\bDeno\b|\bBun\b/g), null);
    assert(code.includes("cloudflare:sockets"));
  });
}

const ENTRIES: readonly (readonly [string, string, number])[] = [
  ["src/workers.ts", "@walbrook/walbrook/workers", LIMIT],
  ["tests/runtimes/bundle_entry.ts", "@walbrook/walbrook", LIMIT_OF_MOD],
];

const IN_ONE_FILE: readonly (readonly [
  string,
  number,
  (path: string) => boolean,
])[] = [
  [
    " without what copies tables",
    LIMIT_OF_ONE_FILE,
    (path) => path.includes("/snapshot"),
  ],
  ["", LIMIT_OF_ONE_FILE + LIMIT_OF_COPY, () => false],
];

for (const [entry, specifier, limit] of ENTRIES) {
  Deno.test(`a Worker's bundle of subscribe() from ${specifier} is small`, async () => {
    const without = await loadedLater(entry);
    const code = await bundle(entry, { minify: true, without });
    const bytes = await gzippedLength(code);
    assert(bytes <= limit, `${bytes} bytes, more than ${limit}`);
  });
}

for (const [what, limit, isLeftOut] of IN_ONE_FILE) {
  Deno.test(`a Worker's bundle of subscribe() in one file${what} is small`, async () => {
    const later = await loadedLater("src/workers.ts");
    const without = later.filter(isLeftOut);
    const code = await bundle("src/workers.ts", { minify: true, without });
    const bytes = await gzippedLength(code);
    assert(bytes <= limit, `${bytes} bytes, more than ${limit}`);
  });
}

Deno.test("a bundle of mod.ts asks for nothing of Node before it is needed", async () => {
  const code = await bundle("mod.ts");
  assert(code.includes('import("node:net")'));
  assert(!code.includes("cloudflare:sockets"));
  assertEquals(code.match(/^import .*$/m), null);
});
