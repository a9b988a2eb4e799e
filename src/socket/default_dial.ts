import type { Dial, Environment } from "./socket.ts";

/** What a runtime gives: sockets, and the process's environment. */
export interface Runtime {
  /** Opens connections. */
  readonly dial: Dial;
  /** Variables and files. */
  readonly environment: Environment;
}

/**
 * Finds the adapter for the running runtime, and loads it when it is first needed.
 *
 * @throws {TypeError} If there is none.
 */
export async function defaultRuntime(): Promise<Runtime> {
  if ("Deno" in globalThis) return await import("./deno.ts");
  if (hasNodeBuiltIns()) return await import("./node.ts");
  throw new TypeError(
    "Cannot open a connection: there are no built-in sockets for this runtime; pass dial, and environment if variables or files are needed",
  );
}

// True of Node and Bun; Workers have neither files nor this property.
function hasNodeBuiltIns(): boolean {
  const { process } = globalThis as {
    readonly process?: { readonly versions?: { readonly node?: string } };
  };
  return process?.versions?.node !== undefined &&
    !("WebSocketPair" in globalThis);
}

/** Without a known runtime there are no variables, and no files. */
export const NO_ENVIRONMENT: Environment = {
  get(): undefined {
    return undefined;
  },
};
