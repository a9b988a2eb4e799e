// Tells how large a Worker becomes by `subscribe()`, and what of it weighs most.
import { bundle, gzippedLength, loadedLater, weigh } from "./bundle.ts";

const ENTRY = "src/workers.ts";
// What every subscription to pgoutput decodes with.
const DECODING = ["src/subscription/decoding.ts"];
// What the login of a program with a URL and a password goes through.
const LOGIN = [
  "src/connection/connection_string.ts",
  "src/login/sasl_mechanism.ts",
  "src/login/scram_login.ts",
];
const LISTED = 25;

const later = await loadedLater(ENTRY);
const besidesDecoding = await loadedLater(ENTRY, DECODING);
const besidesLogin = await loadedLater(ENTRY, [...DECODING, ...LOGIN]);
const kB = (bytes: number) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;

for (
  const [without, what] of [
    [later, "loaded at once"],
    [besidesDecoding, "loaded once changes are decoded"],
    [besidesLogin, "the same after a login by URL and SCRAM-SHA-256"],
    [[], "all in one file"],
  ] as const
) {
  const code = await bundle(ENTRY, { minify: true, without });
  console.log(`${kB(await gzippedLength(code))} gzipped: ${what}`);
}

function list(weights: ReadonlyMap<string, number>): void {
  const heaviest = [...weights].sort(([, a], [, b]) => b - a);
  for (const [path, bytes] of heaviest.slice(0, LISTED)) {
    console.log(`${kB(bytes)} ${path}`);
  }
}

console.log("\nOf what is loaded at once, minified and not compressed:");
list(await weigh(ENTRY, { minify: true, without: later }));
console.log("\nOf what is loaded when it is needed:");
const all = await weigh(ENTRY, { minify: true });
list(new Map([...all].filter(([path]) => later.includes(path))));
