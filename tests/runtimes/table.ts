import { insert } from "../../bench/report/insert.ts";
import { versionOf } from "./binaries.ts";
import type { Outcome, RuntimeName } from "./conformance/context.ts";

/** What came of the suite in each runtime. */
export type Results = ReadonlyMap<RuntimeName, readonly Outcome[]>;

/**
 * Returns the page about runtimes with a new table and new versions, otherwise unchanged.
 *
 * @param page The present page.
 * @param results What came of the suite, in every runtime.
 * @throws {Error} If something failed.
 */
export function updatePage(page: string, results: Results): string {
  return insert(
    page,
    "table",
    `${tableOf(results).join("\n")}\n\n${versions()}`,
  );
}

/** Returns the sentence about the tested versions. */
export function versions(): string {
  return `Seen on Node ${versionOf("node20")}, ${versionOf("node22")} and ${
    versionOf("node24")
  }, Bun ${versionOf("bun")} and workerd ${versionOf("workerd")}.`;
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
