import { PostgresError } from "../errors.ts";
import * as SQLSTATE from "../sqlstate.ts";
import type { Encryption, LoginAttempt } from "./login_attempt.ts";

/**
 * Returns whether the other kind of connection, encrypted or not, may succeed.
 *
 * @param error The error of the first attempt.
 * @param attempt The first one.
 * @param tried The encryption that it used.
 */
export function isWorthAnother(
  error: unknown,
  attempt: LoginAttempt,
  tried: Encryption,
): boolean {
  // The handshake did not fail: this runtime can't do what the options require.
  if (error instanceof TypeError) return false;
  if (attempt.stage === "handshake") return true;
  return attempt.stage === "startup" && isRefused(error) &&
    attempt.encrypted === (tried !== "never");
}

function isRefused(error: unknown): boolean {
  return error instanceof PostgresError &&
    error.code === SQLSTATE.INVALID_AUTHORIZATION_SPECIFICATION;
}

/**
 * Chooses which of two errors to report: the first, if the second attempt was refused too.
 */
export function moreTelling(first: unknown, second: unknown): unknown {
  return isRefused(second) ? first : second;
}
