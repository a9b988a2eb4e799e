/**
 * Types of the initial copy: its options, its progress, and what a checkpoint keeps of it;
 * and the visibility of transactions in a snapshot, for programs that copy tables by
 * themselves.
 *
 * @example Options of a copy, and a line for its progress
 * ```ts
 * import type {
 *   OnSnapshotProgress,
 *   SnapshotOptions,
 * } from "@walbrook/walbrook/snapshot";
 *
 * const onProgress: OnSnapshotProgress = ({ table, rows }) =>
 *   console.log(`${rows} rows of ${table}`);
 * const snapshot: SnapshotOptions = { tables: ["public.orders"], onProgress };
 * console.log(snapshot.tables); // subscribe({ snapshot, … })
 * ```
 *
 * @example Whether a query saw what a transaction wrote
 * ```ts
 * import { isVisible, parseSnapshot } from "@walbrook/walbrook/snapshot";
 *
 * // SELECT pg_current_snapshot()
 * const snapshot = parseSnapshot("10:20:10,14");
 * console.log(isVisible(13, snapshot));
 * ```
 *
 * @module
 */
export type { SnapshotReason } from "../events/snapshot_event.ts";
export type {
  OnSnapshotProgress,
  SnapshotPace,
  SnapshotProgress,
  SnapshotWait,
} from "./progress/snapshot_progress.ts";
export type {
  CopiedVersion,
  SnapshotState,
  TableProgress,
} from "./progress/snapshot_state.ts";
export {
  isVisible,
  parseSnapshot,
  type TransactionSnapshot,
} from "./reconcile/visibility.ts";
export type { SnapshotOptions, SnapshotTable } from "./snapshot_options.ts";
export type {
  ColumnDescription,
  TableDescription,
} from "./table_description.ts";
