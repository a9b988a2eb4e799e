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

The library is one and the same on Deno, Node, Bun and Cloudflare Workers: Web
Streams and Web Crypto, and a \`dial()\` for the sockets of each. This table is
written by \`deno task runtimes\`, which runs one suite against a real server inside
each of them. "no" means an error that says so: nothing is left out in silence, but for
\`keepalives_idle\`, and for variables, which a Worker simply has none of.
`;

const AFTERWORD = `## Deno

\`deno add jsr:@walbrook/walbrook\`. Needs \`--allow-net\` for the server's address, and
\`--allow-env\` and \`--allow-read\` where variables and files are to be used; without
them they count as not set. \`keepalives_idle\` can't be set.

## Node

\`npx jsr add @walbrook/walbrook\`, which installs what JSR has made of the sources:
JavaScript with declarations, which Node 20 can run. From a clone, Node 22.18 and
later run the TypeScript as it is: \`node examples/follow.ts\`. Before Node 24 there
is no \`await using\`: call \`close()\` in a \`finally\`.

## Bun

\`bunx jsr add @walbrook/walbrook\`, or from a clone \`bun examples/follow.ts\`. The
sockets are those of \`node:net\` and \`node:tls\`, which Bun has built in and which hold
the server back while nobody reads.

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

It needs no compatibility flag. \`examples/worker\` is a whole Worker: a Durable Object
that drains the slot once a minute and stops, with its \`wrangler.jsonc\`. A
connection ends with the request, the cron event or the Durable Object that opened
it, so take what there is, up to \`until: "now"\`, and come back; the slot keeps the
log in between.

- The certificate is always checked, with the name, against Cloudflare's list of
  public authorities. That is \`sslmode=verify-full sslrootcert=system\`, the default
  here; \`sslmode=disable\` has to be written with an empty root certificate,
  \`sslmode=disable&sslrootcert=\`. All else that TLS can be asked for is refused.
- Why a handshake failed, a Worker is not told, so a certificate that is not
  trusted is a \`ConnectionError\` here and not an \`AuthenticationError\`.
- With \`hostaddr\` the name to expect is told to the runtime, which some versions of
  it refuse. Use \`host\` alone.
- A Worker cannot see its memory, so what the table says of slow consumers is seen
  there by the server's position alone.
- There are no variables and no files. Secrets come from bindings; everything can be
  said in \`connection\`.
- \`keepalives\` and the like are passed over: the sockets are Cloudflare's.
- With \`subscribe()\` from \`@walbrook/walbrook\`, pass \`dial\` and \`environment\` of
  \`@walbrook/walbrook/workers\`; the bundle then holds the other runtimes' adapters
  too, which are never loaded. \`connect()\` is used like that.

A Worker with \`subscribe()\` of \`@walbrook/walbrook/workers\` in one file weighs 103 kB,
minified and compressed; 18 kB of that copy tables, with the option \`snapshot\`. A
bundler that splits code (esbuild with \`--splitting\`) loads 30 kB at once, and 34 kB
with a login by URL, TLS and SCRAM-SHA-256. The rest is loaded by \`import()\` when it is
needed: binary format, functions for types, types other than the common ones, other
plugins, transactions that are streamed before they end, the initial copy, explanations
of refusals. \`subscribe()\` from \`@walbrook/walbrook\` loads about 39 kB at once.
\`deno task bundle\` shows which files weigh most.

## Elsewhere

Pass a \`dial\` of your own: a function that opens a \`Socket\`, which is two Web
Streams, \`startTls()\` and \`close()\`. It must read nothing ahead of demand, or a slow
consumer fills the memory; what it can't do of what \`startTls()\` is asked for, it
has to refuse with a \`TypeError\`.
`;
