import type { SnapshotReason } from "../../events/snapshot_event.ts";
import type { CopyProgress } from "./copy_progress.ts";
import { isOutOfDate } from "./is_out_of_date.ts";
import type { PublishedTable } from "../read/published_table.ts";
import { type TableProgress, versionOf } from "./snapshot_state.ts";

/** How to copy a table. */
export interface CopyPlan {
  /** The reason. */
  readonly reason: SnapshotReason;
  /** Its progress; `null` to start from the beginning. */
  readonly progress: TableProgress | null;
}

/**
 * Decides whether and how a published table is copied.
 *
 * @param table The table.
 * @param known What has been copied.
 * @param how Whether to copy it at every start, and whether as a whole.
 * @returns `null` if it has been copied.
 */
export function planCopy(
  table: PublishedTable,
  known: Pick<CopyProgress, "isDone" | "find" | "isInitialized">,
  { always, isWhole }: { readonly always: boolean; readonly isWhole: boolean },
): CopyPlan | null {
  const { oid } = table;
  if (always) return { reason: "initial", progress: null };
  if (known.isDone(oid)) return null;
  const progress = known.find(oid);
  if (progress === null || progress.after === null) {
    const reason = known.isInitialized ? "added" : "initial";
    return { reason, progress: null };
  }
  // It was copied in chunks, with changes in between.
  if (isWhole) return { reason: "rewritten", progress: null };
  return isOutOfDate(progress, versionOf(table))
    ? { reason: "rewritten", progress: null }
    : { reason: "resumed", progress };
}
