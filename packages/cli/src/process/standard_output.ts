import process from "node:process";
import { ClosedPipe } from "./host.ts";

/**
 * Finds a way to write to standard output that does not block the process while nobody reads,
 * so that signals are still handled. Node's streams write to pipes synchronously by default.
 *
 * @returns A function that resolves once the text is written, and rejects with {@linkcode
 * ClosedPipe} if nobody reads any more.
 */
export function standardOutput(): (text: string) => Promise<void> {
  const { Deno: deno } = globalThis as {
    Deno?: { readonly stdout: DenoOutput };
  };
  return deno === undefined ? nodeOutput() : denoOutput(deno.stdout);
}

interface DenoOutput {
  write(bytes: Uint8Array): Promise<number>;
}

function denoOutput(stdout: DenoOutput): (text: string) => Promise<void> {
  return async (text) => {
    let bytes = new TextEncoder().encode(text);
    try {
      // A pipe may accept only a part at a time.
      while (bytes.length > 0) {
        bytes = bytes.subarray(await stdout.write(bytes));
      }
    } catch (error) {
      throw error instanceof Error && error.name === "BrokenPipe"
        ? new ClosedPipe()
        : error;
    }
  };
}

function nodeOutput(): (text: string) => Promise<void> {
  const { stdout } = process;
  const { _handle: handle } = stdout as unknown as {
    readonly _handle?: { setBlocking?(isBlocking: boolean): void };
  };
  if (!stdout.isTTY) handle?.setBlocking?.(false);
  // The callback of write() reports it too.
  stdout.on("error", () => {});
  return (text) =>
    new Promise((resolve, reject) => {
      stdout.write(text, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(isClosedPipe(error) ? new ClosedPipe() : error);
      });
    });
}

function isClosedPipe(error: Error): boolean {
  return "code" in error && (error.code === "EPIPE" || error.code === "EOF");
}
