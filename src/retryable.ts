import {
  AuthenticationError,
  ConnectionError,
  PostgresError,
} from "./errors.ts";
import * as SQLSTATE from "./sqlstate.ts";

// Whole classes, by the first two characters: 08 connection exceptions, 40 rollbacks (on a
// standby, a conflict with recovery), 53 insufficient resources (too many connections, disk
// full, out of memory).
const RETRYABLE_CLASSES: readonly string[] = ["08", "40", "53"];
const RETRYABLE_CODES: readonly string[] = [
  SQLSTATE.OBJECT_IN_USE, // the server has not noticed yet that the old link ended
  SQLSTATE.ADMIN_SHUTDOWN,
  SQLSTATE.CRASH_SHUTDOWN,
  SQLSTATE.CANNOT_CONNECT_NOW,
  "57P05", // idle_session_timeout
];

/**
 * Returns whether another attempt may succeed. A lost link and a server restart are
 * transient; a wrong password, a missing slot and malformed bytes are not.
 *
 * A slot that is invalidated while it is streamed ends the link with 57P01, like a restart:
 * only the next attempt fails with an error that is not retryable.
 *
 * @example
 * ```ts
 * import { ConnectionError, isRetryable } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(isRetryable(new ConnectionError("The link broke")), true);
 * assertEquals(isRetryable(new TypeError("No slot is named")), false);
 * ```
 *
 * @param error The error.
 * @returns Whether to try again.
 *
 * @category Errors
 */
export function isRetryable(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  return error instanceof PostgresError &&
    (RETRYABLE_CODES.includes(error.code) ||
      RETRYABLE_CLASSES.includes(error.code.slice(0, 2)));
}

/**
 * Returns whether an error was reported by the server or by a login, so that a few more
 * attempts are worthwhile even if it is not {@linkcode isRetryable}: a cancelled walsender, a
 * recovery conflict, a password that is being changed.
 */
export function isServerError(error: unknown): boolean {
  return error instanceof PostgresError || error instanceof AuthenticationError;
}

/** Returns whether a slot is active for another connection. */
export function isInUse(error: unknown): boolean {
  return error instanceof PostgresError &&
    error.code === SQLSTATE.OBJECT_IN_USE;
}
