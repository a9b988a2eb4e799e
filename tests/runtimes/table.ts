import { versionOf } from "./binaries.ts";
import type { Outcome, RuntimeName } from "./conformance/context.ts";

/** What came of the suite in each runtime. */
export type Results = ReadonlyMap<RuntimeName, readonly Outcome[]>;

/**
 * Writes the page about runtimes.
 *
 * @param results What came of the suite, in every runtime.
 * @throws {Error} If something failed.
 */
export function writePage(results: Results): string {
  return `${INTRODUCTION}
${tableOf(results).join("\n")}

Seen on Node ${versionOf("node20")}, ${versionOf("node22")} and ${
    versionOf("node24")
  }, Bun ${versionOf("bun")} and workerd ${versionOf("workerd")}.

${AFTERWORD}`;
}

/**
 * Writes the table: a line for each capability, a column for each runtime.
 *
 * @param results What came of the suite, in every runtime.
 * @throws {Error} If something failed.
 */
export function tableOf(results: Results): string[] {
  const names = [...results.keys()];
  const capabilities = [...results.values()][0] ?? [];
  return [
    row(["", ...names]),
    row(["---", ...names.map(() => "---")]),
    ...capabilities.map(({ capability }) =>
      row([capability, ...names.map((name) => cell(name, capability, results))])
    ),
  ];
}

function cell(name: RuntimeName, capability: string, results: Results): string {
  const outcome = results.get(name)
    ?.find((one) => one.capability === capability);
  if (outcome === undefined || outcome.result === "failed") {
    throw new Error(`${name}, ${capability}: ${outcome?.detail ?? "missing"}`);
  }
  return outcome.result;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

const INTRODUCTION = `# Runtimes

The library is the same on Deno, Node, Bun and Cloudflare Workers: it uses Web Streams
and Web Crypto, and a \`dial()\` for the sockets of each runtime. \`deno task runtimes\`
writes this table: it runs one suite against a real server in each runtime. "no" means
an error that says so. Nothing is silently left out, except \`keepalives_idle\`, and
environment variables, which a Worker does not have.
`;

const AFTERWORD = `## Deno

\`deno add jsr:@walbrook/walbrook\`. Deno needs \`--allow-net\` for the server's
address, and \`--allow-env\` and \`--allow-read\` if environment variables and files are
to be used; without these permissions they count as not set. \`keepalives_idle\` can't
be set.

## Node

\`npx jsr add @walbrook/walbrook\`, which installs what JSR makes from the sources:
JavaScript with declarations, which Node 20 can run. From a clone, Node 22.18 and later
run the TypeScript as it is: \`node examples/follow.ts\`. Before Node 24 there is no
\`await using\`: call \`close()\` in a \`finally\`.

## Bun

\`bunx jsr add @walbrook/walbrook\`, or from a clone \`bun examples/follow.ts\`. Bun
uses its built-in \`node:net\` and \`node:tls\` sockets, which hold the server back
while nobody reads.

## Cloudflare Workers

\`npx jsr add @walbrook/walbrook\`, and import from \`@walbrook/walbrook/workers\`:

\`\`\`js ignore
import { subscribe } from "@walbrook/walbrook/workers";

export default {
  async scheduled(_event, env) {
    const subscription = await subscribe({
      connection: env.DATABASE_URL,
      slot: "edge_replica",
      publication: "shop",
      until: "now",
    });
    for await (const event of subscription) console.log(event.kind);
  },
};
\`\`\`

It needs no compatibility flag. \`examples/worker\` is a complete Worker with its
\`wrangler.jsonc\`: a Durable Object that drains the slot once a minute and stops. A
connection ends with the request, the cron event or the Durable Object that opened it,
so read everything up to \`until: "now"\`, and come back later; the slot keeps the WAL
in between.

- The runtime always checks the certificate and the name in it, against Cloudflare's
  list of public authorities. That is \`sslmode=verify-full sslrootcert=system\`, the
  default here. To disable TLS, write an empty root certificate too:
  \`sslmode=disable&sslrootcert=\`. All other TLS settings are rejected.
- A Worker does not learn why a handshake failed, so an untrusted certificate causes a
  \`ConnectionError\` here, not an \`AuthenticationError\`.
- With \`hostaddr\`, Walbrook passes the expected name to the runtime, which some
  versions of it reject. Use only \`host\`.
- A Worker can't measure its memory, so there the suite judges slow consumers only by
  the server's position.
- There are no environment variables and no files. Secrets come from bindings;
  everything can be set in \`connection\`.
- \`keepalives\` and similar settings are ignored: the sockets are Cloudflare's.
- With \`subscribe()\` from \`@walbrook/walbrook\`, pass \`dial\` and \`environment\` of
  \`@walbrook/walbrook/workers\`; the bundle then also contains the other runtimes'
  adapters, which are never loaded. The same applies to \`connect()\`.

A Worker with \`subscribe()\` of \`@walbrook/walbrook/workers\` in one file weighs 103
kB, minified and compressed; 18 kB of that are for copying tables (the option
\`snapshot\`). With a bundler that splits code (esbuild with \`--splitting\`), 30 kB are
loaded at once, and 34 kB with a login by URL, TLS and SCRAM-SHA-256. \`import()\` loads
the rest when it is needed: binary format, functions for types, types other than the
common ones, other plugins, transactions that are streamed before they end, the initial
copy, and explanations of errors. \`subscribe()\` from \`@walbrook/walbrook\` loads
about 39 kB at once. \`deno task bundle\` shows which files weigh most.

## Other runtimes

Pass your own \`dial\`: a function that opens a \`Socket\`, which consists of two Web
Streams, \`startTls()\` and \`close()\`. It must not read ahead of demand, or a slow
consumer fills the memory. If \`startTls()\` is asked for something that it can't do, it
must throw a \`TypeError\`.
`;
