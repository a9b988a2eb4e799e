import type { Provider } from "./provider.ts";

/**
 * How bad a finding is: `"error"` stops a subscription or breaks the application, `"warning"`
 * will cause trouble, `"info"` is good to know.
 */
export type Severity = "error" | "warning" | "info";

/**
 * One check: a query that returns a row for each problem, and what to do about it. It is data,
 * so that a list of your own checks can be passed to {@linkcode runDoctor}.
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
  /** How bad each row is. */
  readonly severity: Severity;
  /** The first server that it applies to, as `server_version_num`; all if absent. */
  readonly since?: number;
  /** The first server that it does not apply to any more; none if absent. */
  readonly before?: number;
  /**
   * One SELECT that returns a row for each problem. The first column says what was found; the
   * second is SQL that mends it, or NULL. Parameters are written as `:slot`, `:publications`
   * (an array), `:plugin`, `:port`, `:pid`, `:walsender`, `:now` and `:long`.
   */
  readonly sql: string;
  /** What it means for a subscription. */
  readonly problem: string;
  /** What to do about it. */
  readonly fix: string;
  /** What to do where a provider runs the server, in place of `fix`. */
  readonly providers?: Readonly<Partial<Record<Provider, string>>>;
}
