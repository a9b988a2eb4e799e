/**
 * A PostgreSQL server for an example, in any runtime. Deno starts it itself; Node and Bun
 * run this file in Deno, which `npx` or `bun x` fetches. It then prints the server's URL,
 * and removes the server when its standard input ends.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/**
 * The variable that names a server to use instead, such as one in a container: the URL of a
 * superuser on an empty database, with `wal_level = logical`.
 */
const VARIABLE = "WALBROOK_DEMO";

/** A server for an example. Disposing it removes all that it had. */
export interface DemoServer extends AsyncDisposable {
  /** A connection URL for its superuser, who needs no password. */
  readonly url: string;
}

/**
 * Starts a server with logical replication switched on, or uses the one that the variable
 * `WALBROOK_DEMO` names.
 *
 * @param signal Gives up; the promise then rejects.
 */
export async function startDemoServer(
  signal?: AbortSignal,
): Promise<DemoServer> {
  const url = process.env[VARIABLE];
  if (url) return { url, [Symbol.asyncDispose]: () => Promise.resolve() };
  if (!("Deno" in globalThis)) return await startByDeno();
  const { startPostgres } = await import("./postgres_server.ts");
  return await startPostgres({ major: 18, ...signal ? { signal } : {} });
}

async function startByDeno(): Promise<DemoServer> {
  const [program, ...args] = "bun" in process.versions
    ? [process.execPath, "x", "deno"]
    : ["npx", "--yes", "deno"];
  const script = fileURLToPath(import.meta.url);
  const child = spawn(program, [...args, "run", "-A", "--quiet", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  const lines = createInterface({ input: child.stdout });
  const url = await Promise.race([
    new Promise<string>((resolve) => lines.once("line", resolve)),
    ended.then(() => null),
  ]);
  if (url === null) {
    throw new Error("Cannot start the demo database: see the lines above");
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

if (import.meta.main) {
  await using server = await startDemoServer();
  console.log(server.url);
  for await (const _ of process.stdin);
}
