// Tells how large a Worker becomes by `subscribe()`, and what of it weighs most.
import { bundle, gzippedLength, loadedLater } from "./bundle.ts";

const ENTRY = "src/workers.ts";
// What the login of a program with a URL and a password goes through.
const LOGIN = [
  "src/session/connection_string.ts",
  "src/session/sasl_mechanism.ts",
  "src/session/scram_login.ts",
];
const LISTED = 25;

const later = await loadedLater(ENTRY);
const atOnce = await bundle(ENTRY, { minify: true, without: later });
const withLogin = await bundle(ENTRY, {
  minify: true,
  without: await loadedLater(ENTRY, LOGIN),
});
const all = await bundle(ENTRY, { minify: true });

const kB = (bytes: number) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
for (
  const [{ code }, what] of [
    [atOnce, "loaded at once"],
    [withLogin, "with a login by URL and SCRAM-SHA-256"],
    [all, "all in one file"],
  ] as const
) {
  console.log(`${kB(await gzippedLength(code))} gzipped: ${what}`);
}

function list(weights: ReadonlyMap<string, number>): void {
  const heaviest = [...weights].sort(([, a], [, b]) => b - a);
  for (const [path, bytes] of heaviest.slice(0, LISTED)) {
    console.log(`${kB(bytes)} ${path}`);
  }
}

console.log("\nOf what is loaded at once, minified and not compressed:");
list(atOnce.inputs);
console.log("\nOf what is loaded when it is needed:");
list(new Map([...all.inputs].filter(([path]) => later.includes(path))));
