import {
  AuthenticationError,
  ConnectionError,
  PostgresError,
  SQLSTATE,
  SubscriptionError,
  type SubscriptionErrorReason,
} from "@walbrook/walbrook";
import { UsageError } from "./usage_error.ts";

/** Changes are lost, or the server no longer has the next ones: someone must act. */
const LOST: ReadonlySet<SubscriptionErrorReason> = new Set([
  ...["slotMissing", "slotUnusable", "startPassed"] as const,
  ...["otherServer", "otherTimeline"] as const,
]);

/** SQLSTATEs for a server that is unavailable or rejects the user. */
const REFUSED: ReadonlySet<string> = new Set([
  ...[SQLSTATE.INVALID_CATALOG_NAME, SQLSTATE.TOO_MANY_CONNECTIONS],
  // cannot_connect_now, admin_shutdown, crash_shutdown
  ...["57P03", "57P01", "57P02"],
]);

/** Returns the exit status for an error. */
export function exitStatusFor(error: unknown): number {
  if (error instanceof UsageError) return 64;
  if (isUnreachable(error)) return 3;
  if (error instanceof SubscriptionError && LOST.has(error.reason)) return 4;
  // Compared by name: a configuration may import its own copy of the library.
  if (error instanceof Error && error.name === "DeliveryError") return 5;
  return 1;
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof PostgresError) {
    return /^(?:08|28)/.test(error.code) || REFUSED.has(error.code);
  }
  return error instanceof ConnectionError ||
    error instanceof AuthenticationError;
}
