/**
 * Basic functions for copies of tables: which transactions a query sees.
 *
 * @example
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
export {
  isVisible,
  parseSnapshot,
  type TransactionSnapshot,
} from "./reconcile/visibility.ts";
