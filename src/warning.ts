/**
 * What a warning is about. Later versions may add codes.
 *
 * - `pluginFailsOnRollback`: PostgreSQL 18 ends the stream of this output plugin, or
 *   crashes, at a large transaction that was rolled back.
 * - `temporaryFileFailed`: large transactions are no longer received while they run, since
 *   what has come of them finds no place on the disk.
 * - `rowKeyUnknown`: events of a table have no key.
 * - `noBinaryForm`: values come as text, since one of a published table has no binary
 *   format.
 * - `synchronousStandby`: commits on the server may wait for this subscription.
 */
export type WarningCode =
  | "pluginFailsOnRollback"
  | "temporaryFileFailed"
  | "rowKeyUnknown"
  | "synchronousStandby"
  | "noBinaryForm";

/**
 * Something about the server or the set-up that works now, and is likely to cause trouble
 * later.
 *
 * @example
 * ```ts
 * import type { SubscriptionWarning } from "@walbrook/walbrook";
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
 */
export interface SubscriptionWarning {
  /** What it is about, for programs. */
  readonly code: WarningCode;
  /** The same for people, with the names and values found. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/**
 * Receives warnings, each cause once in the life of a subscription. An exception that it
 * throws ends the subscription.
 */
export type OnWarning = (warning: SubscriptionWarning) => void;

/** A warning, and what tells it apart from others with the same code. */
export interface WarningCause extends SubscriptionWarning {
  /** The slot, table or setting in question, for example `"public.orders"`. */
  readonly subject: string;
}

/** Passes a warning on, unless its cause was reported before. */
export type Warn = (cause: WarningCause) => void;

/** How many causes are remembered, so that memory stays bounded. */
const MAX_CAUSES = 10_000;

/**
 * Makes a function that passes each cause on once: the same code and subject make the
 * same cause.
 *
 * @param onWarning Receives the warnings.
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
