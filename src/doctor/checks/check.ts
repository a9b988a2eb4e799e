import type { Provider } from "./provider.ts";

/**
 * The severity of a finding: `"error"` stops a subscription or breaks the application,
 * `"warning"` will cause trouble, `"info"` is useful to know.
 */
export type Severity = "error" | "warning" | "info";

/**
 * One check: a query that returns a row for each problem, and what to do about it. Checks are
 * data, so you can pass a list of your own checks to {@linkcode runDoctor}.
 *
 * @example A check of your own
 * ```ts
 * import type { Check } from "@walbrook/walbrook/doctor";
 *
 * const noReplicaOfOrders: Check = {
 *   id: "ordersUnlogged",
 *   severity: "error",
 *   sql: `SELECT relname, NULL FROM pg_class
 *     WHERE relname = 'orders' AND relpersistence = 'u'`,
 *   problem: "An unlogged table writes no WAL, so its changes are never delivered",
 *   fix: "Make the table logged",
 * };
 * ```
 */
export interface Check {
  /** The identifier, for programs. */
  readonly id: string;
  /** The severity of each row. */
  readonly severity: Severity;
  /** The first server that it applies to, as `server_version_num`; all if absent. */
  readonly since?: number;
  /** The first server that it no longer applies to; none if absent. */
  readonly before?: number;
  /**
   * One SELECT that returns a row for each problem. The first column describes what was
   * found; the second is SQL that fixes it, or NULL. Parameters are written as `:slot`,
   * `:publications` (an array), `:plugin`, `:port`, `:pid`, `:walsender`, `:now` and `:long`.
   */
  readonly sql: string;
  /** What it means for a subscription. */
  readonly problem: string;
  /** What to do about it. */
  readonly fix: string;
  /** What to do if a provider runs the server, instead of `fix`. */
  readonly providers?: Readonly<Partial<Record<Provider, string>>>;
}
