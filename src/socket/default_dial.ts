import type { Dial, Environment } from "./socket.ts";

/** What a runtime gives: sockets, and the process's environment. */
export interface Runtime {
  /** Opens connections. */
  readonly dial: Dial;
  /** Variables and files. */
  readonly environment: Environment;
}

/**
 * Takes what the caller gives, and from the running runtime what is left out.
 *
 * @throws {TypeError} If there is no `dial`, and no adapter for this runtime.
 */
export async function bindRuntime(
  given: { readonly dial?: Dial; readonly environment?: Environment },
): Promise<Runtime> {
  const runtime = await findRuntime();
  const dial = given.dial ?? runtime?.dial;
  if (dial === undefined) {
    throw new TypeError(
      "Cannot open a connection: there are no built-in sockets for this runtime; pass dial, and environment if variables or files are needed",
    );
  }
  const environment = given.environment ?? runtime?.environment ??
    NO_ENVIRONMENT;
  return { dial, environment };
}

// The adapter is loaded when it is first needed, and only that one.
async function findRuntime(): Promise<Runtime | null> {
  if ("Deno" in globalThis) return await import("./deno.ts");
  if (hasNodeBuiltIns()) return await import("./node.ts");
  return null;
}

// True of Node and Bun; Workers can imitate `process`, but have WebSocketPair.
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
