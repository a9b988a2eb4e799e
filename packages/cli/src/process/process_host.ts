import process from "node:process";
import { createInterface } from "node:readline/promises";
import type { Host, StartDemo } from "./host.ts";
import { standardOutput } from "./standard_output.ts";

/** Options for {@linkcode processHost}. */
export interface ProcessHostOptions {
  /** The name of the program in the help. */
  readonly program: string;
  /**
   * Starts a demo server.
   *
   * @default {undefined} none
   */
  readonly demo?: StartDemo;
}

/** Creates the host for the process itself, on Deno, Node and Bun. */
export function processHost(options: ProcessHostOptions): Host {
  const { stdout, stderr, stdin, env } = process;
  stderr.on("error", () => {});
  const isTerminal = stdout.isTTY === true;
  return {
    ...options,
    stop: stopOnSignals(),
    processId: process.pid,
    hasColor: isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb",
    isTerminal,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    get columns() {
      return isTerminal ? stdout.columns : undefined;
    },
    get rows() {
      return isTerminal ? stdout.rows : undefined;
    },
    variable: (name) => env[name],
    write: standardOutput(),
    tell(lines) {
      if (lines.length > 0) stderr.write(`${lines.join("\n")}\n`);
    },
    ask,
    onKey(listener) {
      if (stdin.isTTY !== true) return () => {};
      const onData = (bytes: Uint8Array) => {
        for (const key of new TextDecoder().decode(bytes)) listener(key);
      };
      stdin.setRawMode(true);
      stdin.on("data", onData);
      stdin.resume();
      return () => {
        stdin.off("data", onData);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
    onResize(listener) {
      stdout.on("resize", listener);
      return () => void stdout.off("resize", listener);
    },
  };
}

async function ask(question: string): Promise<boolean> {
  const { stdin, stderr } = process;
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const closed = new Promise<string>((resolve) =>
      lines.once("close", () => resolve(""))
    );
    const answer = await Promise.race([
      lines.question(`${question} [y/N] `),
      closed,
    ]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

/** Shuts down cleanly at the first Ctrl-C or SIGTERM, and immediately at the second. */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  const onSignal = (status: number) => () => {
    if (stop.signal.aborted) process.exit(status);
    stop.abort();
  };
  process.on("SIGINT", onSignal(130));
  if (process.platform !== "win32") process.on("SIGTERM", onSignal(143));
  return stop.signal;
}
