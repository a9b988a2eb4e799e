/**
 * The cause of a warning. Later versions may add codes.
 *
 * - `pluginFailsOnRollback`: PostgreSQL 18 ends the stream of this output plugin, or
 *   crashes, at a large transaction that was rolled back.
 * - `temporaryFileFailed`: large transactions are no longer received while they run, because
 *   they can't be buffered on disk.
 * - `rowKeyUnknown`: events of a table have no key.
 * - `noBinaryForm`: values come as text, because a type of a published table has no binary
 *   format.
 * - `synchronousStandby`: commits on the server may wait for this subscription.
 * - `copiesReplicatedRows`: with `origin: "none"`, a copy of tables contains the rows that were
 *   replicated to this server, too; only their later changes are left out.
 *
 * @category Options
 */
export type WarningCode =
  | "pluginFailsOnRollback"
  | "temporaryFileFailed"
  | "rowKeyUnknown"
  | "synchronousStandby"
  | "noBinaryForm"
  | "copiesReplicatedRows";

/**
 * A condition of the server or its configuration that works now but is likely to cause
 * trouble later.
 *
 * @example
 * ```ts
 * import type { SubscriptionWarning } from "@walbrook/walbrook/subscription";
 *
 * function toLogLine({ code, message, hint }: SubscriptionWarning): string {
 *   return `${code}: ${message}. ${hint}`;
 * }
 * toLogLine({
 *   code: "pluginFailsOnRollback",
 *   message: "PostgreSQL 18 crashes",
 *   hint: "Use pgoutput",
 * });
 * ```
 *
 * @category Options
 */
export interface SubscriptionWarning {
  /** The cause, for programs. */
  readonly code: WarningCode;
  /** A description for people, with the names and values found. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/**
 * Called with warnings, once per cause and subscription. An exception that it throws ends the
 * subscription.
 *
 * @category Options
 */
export type OnWarning = (warning: SubscriptionWarning) => void;

/** A warning, and what distinguishes it from others with the same code. */
export interface WarningCause extends SubscriptionWarning {
  /** The slot, table or setting in question, for example `"public.orders"`. */
  readonly subject: string;
}

/** Passes a warning on, unless its cause was already reported. */
export type Warn = (cause: WarningCause) => void;

/** How many causes are remembered; bounds the memory. */
const MAX_CAUSES = 10_000;

/**
 * Returns a function that passes each cause on once. The same code and subject are the same
 * cause.
 *
 * @param onWarning Called with the warnings.
 */
export function warnOnce(onWarning: OnWarning): Warn {
  const known = new Set<string>();
  return ({ code, subject, message, hint }) => {
    const cause = `${code} ${subject}`;
    if (known.has(cause)) return;
    if (known.size >= MAX_CAUSES) known.clear();
    known.add(cause);
    onWarning({ code, message, hint });
  };
}
