import { assert, assertEquals } from "@std/assert";
import { bundle, gzippedLength, loadedLater } from "./bundle.ts";

// In gzipped bytes. `deno task bundle` shows which files weigh most.
const LIMIT = 26_000;
/** With what decodes changes, which every subscription to pgoutput loads. */
const LIMIT_ONCE_DECODED = 37_900;
const LIMIT_OF_MOD = 26_300;
const LIMIT_OF_ONE_FILE = 90_200;
/** Besides that: what copies tables, with the option `snapshot`. */
const LIMIT_OF_COPY = 22_500;

for (const entry of ["src/workers.ts", "examples/worker/worker.ts"]) {
  Deno.test(`the bundle of ${entry} names no module of another runtime`, async () => {
    const code = await bundle(entry);
    assertEquals(code.match(/\bnode:\w+|\bDeno\b|\bBun\b/g), null);
    assert(code.includes("cloudflare:sockets"));
  });
}

const DECODING = "src/subscription/decoding.ts";

const ENTRIES: readonly (readonly [
  entry: string,
  specifier: string,
  limit: number,
  loaded?: readonly string[],
])[] = [
  ["src/workers.ts", "@walbrook/walbrook/workers", LIMIT],
  [
    "src/workers.ts",
    "@walbrook/walbrook/workers, once it decodes",
    LIMIT_ONCE_DECODED,
    [DECODING],
  ],
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

for (const [entry, specifier, limit, loaded] of ENTRIES) {
  Deno.test(`a Worker's bundle of subscribe() from ${specifier} is small`, async () => {
    const without = await loadedLater(entry, loaded);
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
