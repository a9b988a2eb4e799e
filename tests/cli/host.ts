import type { Host } from "../../packages/cli/src/process/host.ts";

/**
 * Makes a process without a terminal and without variables, for commands that run in this one.
 *
 * @param said Receives what a command writes, to standard output and to standard error.
 */
export function hostFor(said: string[]): Host {
  return {
    program: "walbrook",
    stop: new AbortController().signal,
    processId: 1,
    hasColor: false,
    isTerminal: false,
    canAsk: false,
    columns: undefined,
    rows: undefined,
    variable: () => undefined,
    write: (text) => Promise.resolve(void said.push(text)),
    tell: (lines) => void said.push(...lines),
    ask: () => Promise.resolve(false),
    onKey: () => () => {},
    onResize: () => () => {},
  };
}
