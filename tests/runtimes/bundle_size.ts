// Tells how large a Worker becomes by `subscribe()`, and what of it weighs most.
import { bundle, gzippedLength } from "./bundle.ts";

const LISTED = 25;

const chunks = await bundle("src/workers.ts", { minify: true, split: true });
const kB = (bytes: number) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
const eager = chunks.filter(({ isEager }) => isEager);
const together = await gzippedLength(eager.map(({ code }) => code).join(""));
console.log(`${kB(together)} gzipped: loaded at once`);
for (const { isEager, code, inputs } of chunks) {
  if (isEager) continue;
  const files = [...inputs.keys()].map((path) => path.replace(/^.*\//, ""));
  console.log(
    `${kB(await gzippedLength(code))} gzipped: when needed, ${
      files.join(", ")
    }`,
  );
}
console.log("\nOf what is loaded at once, minified and not compressed:");
const weights = eager.flatMap(({ inputs }) => [...inputs])
  .sort(([, a], [, b]) => b - a);
for (const [path, bytes] of weights.slice(0, LISTED)) {
  console.log(`${kB(bytes)} ${path}`);
}
