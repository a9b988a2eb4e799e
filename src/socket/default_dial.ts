import type { Dial, Environment } from "./socket.ts";

/** The services of a runtime: sockets, and the process's environment. */
export interface Runtime {
  /** Opens connections. */
  readonly dial: Dial;
  /** Variables and files. */
  readonly environment: Environment;
}

/**
 * Uses the caller's sockets and environment, or those of the current runtime if omitted.
 *
 * @throws {TypeError} If there is no `dial`, and no adapter for this runtime.
 */
export async function bindRuntime(
  given: { readonly dial?: Dial; readonly environment?: Environment } = {},
): Promise<Runtime> {
  const { dial, environment } = given;
  if (dial !== undefined && environment !== undefined) {
    return { dial, environment };
  }
  const runtime = await findRuntime();
  const dialHere = dial ?? runtime?.dial;
  if (dialHere === undefined) {
    throw new TypeError(
      "Cannot open a connection: there are no built-in sockets for this runtime; on Cloudflare Workers import from @walbrook/walbrook/workers, elsewhere pass dial, and environment if variables or files are needed",
    );
  }
  return {
    dial: dialHere,
    environment: environment ?? runtime?.environment ?? NO_ENVIRONMENT,
  };
}

// Only the adapter of this runtime is loaded, when it is first needed.
async function findRuntime(): Promise<Runtime | null> {
  if ("Deno" in globalThis) return await import("./deno.ts");
  if ("Bun" in globalThis) return await import("./bun.ts");
  if (hasNodeBuiltIns()) return await import("./node.ts");
  return null;
}

// Workers can imitate Node's `process`, but have WebSocketPair.
function hasNodeBuiltIns(): boolean {
  const { process } = globalThis as {
    readonly process?: { readonly versions?: { readonly node?: string } };
  };
  return process?.versions?.node !== undefined &&
    !("WebSocketPair" in globalThis);
}

const NO_ENVIRONMENT: Environment = {
  get(): undefined {
    return undefined;
  },
};
