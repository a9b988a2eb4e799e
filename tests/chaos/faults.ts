import type { ChaosReport } from "./run_chaos.ts";
import type { ChaosSink } from "./sinks.ts";

/** Says what a sink has that it must not have. */
export function faultsOf(sink: ChaosSink, report: ChaosReport): string[] {
  const { kind, repeats } = sink;
  const { faults, rows, changes, repeated } = report.sinks[kind]!;
  const found = [...faults];
  const here = new Set(rows);
  const there = new Set(report.rows);
  for (const row of there) {
    if (!here.has(row)) found.push(`the source has ${row}`);
  }
  for (const row of here) {
    if (!there.has(row)) found.push(`the source does not have ${row}`);
  }
  if (repeated > 0 && !repeats) found.push(`${repeated} changes came again`);
  // All have the same stream, and count each change once.
  const most = Math.max(
    ...Object.values(report.sinks).map((one) => one.changes),
  );
  if (changes !== most) found.push(`${changes} of ${most} changes are there`);
  return found.map((fault) => `${kind}: ${fault}`);
}
