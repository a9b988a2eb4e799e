import process from "node:process";
import { ClosedPipe } from "./host.ts";

/**
 * Finds how to write to the standard output without holding up the process while nobody
 * reads: signals have to be heard meanwhile. The streams of Node write to pipes
 * synchronously, unless told otherwise.
 *
 * @returns A function that resolves once text is written, and rejects with
 * {@linkcode ClosedPipe} if nobody reads any more.
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
      // A pipe may take only a part at a time.
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
  // The callback of write() tells of it too.
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
