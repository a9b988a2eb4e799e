import { assert, assertEquals } from "@std/assert";
import { bundle, gzippedLength } from "./bundle.ts";

// Measured with some room. `deno task bundle` tells what weighs most.
const LIMIT = 33_000;

Deno.test("a Worker's bundle names no module of another runtime", async () => {
  const [{ code }] = await bundle("src/workers.ts");
  assertEquals(code.match(/\bnode:\w+|\bDeno\b|\bBun\b/g), null);
  assert(code.includes("cloudflare:sockets"));
});

Deno.test("a Worker's bundle of subscribe() is small", async () => {
  const chunks = await bundle("src/workers.ts", { minify: true, split: true });
  const eager = chunks.filter(({ isEager }) => isEager);
  const bytes = await gzippedLength(eager.map(({ code }) => code).join(""));
  assert(bytes <= LIMIT, `${bytes} bytes, more than ${LIMIT}`);
});

Deno.test("a bundle of mod.ts asks for nothing of Node before it is needed", async () => {
  const [{ code }] = await bundle("mod.ts");
  assert(code.includes('import("node:net")'));
  assertEquals(code.match(/^import .*$/m), null);
});
