/**
 * A log of a subscription: one line of JSON for each change of state, reconnection, gap, risk
 * and failed write, and never a value of a row.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { createLog } from "@walbrook/walbrook/log";
 *
 * const log = createLog({ write: console.error, fields: { slot: "search" } });
 * await using subscription = await subscribe({
 *   slot: "search",
 *   publication: "shop",
 *   ...log.subscription,
 * });
 * ```
 *
 * @module
 */
export {
  createLog,
  type Log,
  type LogEntry,
  type LogLevel,
  type LogOptions,
} from "./create_log.ts";
