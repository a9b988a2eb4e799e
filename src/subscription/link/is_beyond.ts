import type { PositionEffect } from "../../assembly/change_decoder.ts";
import type { Lsn } from "../../lsn.ts";

/** Whether a message begins what did not commit before a position. */
export function isBeyond(step: PositionEffect, until: Lsn | null): boolean {
  if (until === null) return false;
  if (step.kind === "begin") return step.commitLsn >= until;
  return step.kind === "standalone" && step.lsn > until;
}
