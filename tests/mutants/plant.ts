import ts from "typescript";
import type { Mutant } from "./mutant.ts";

/**
 * Returns the source of a file with the mutant's change.
 *
 * @throws {Error} If the code to replace does not occur exactly once.
 */
export function plant(source: string, { file, from, to }: Mutant): string {
  const count = source.split(from).length - 1;
  if (count !== 1) {
    throw new Error(`Cannot change ${file}: it has ${count} × "${from}"`);
  }
  return source.replace(from, () => to);
}

/**
 * Refuses a source that every test would notice, whatever it tests.
 *
 * @throws {SyntaxError} If it is no valid TypeScript.
 */
export function checkSyntax(source: string): void {
  const { diagnostics = [] } = ts.transpileModule(source, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ESNext },
  });
  for (const { messageText } of diagnostics) {
    throw new SyntaxError(ts.flattenDiagnosticMessageText(messageText, " "));
  }
}
