import { PostgresError } from "../errors.ts";
import * as SQLSTATE from "../sqlstate.ts";
import type { Encryption, LoginAttempt } from "./login_attempt.ts";

/**
 * Decides whether the other kind of connection, encrypted or not, may fare better.
 *
 * @param error The error of the first attempt.
 * @param attempt The first one.
 * @param tried Whether it was to be encrypted.
 */
export function isWorthAnother(
  error: unknown,
  attempt: LoginAttempt,
  tried: Encryption,
): boolean {
  // Not the handshake failed, but this runtime can't do what the options ask for.
  if (error instanceof TypeError) return false;
  if (attempt.stage === "handshake") return true;
  return attempt.stage === "startup" && isRefused(error) &&
    attempt.encrypted === (tried !== "never");
}

function isRefused(error: unknown): boolean {
  return error instanceof PostgresError &&
    error.code === SQLSTATE.INVALID_AUTHORIZATION_SPECIFICATION;
}

/** Chooses between two errors: if the second try meets the same closed door, the first. */
export function moreTelling(first: unknown, second: unknown): unknown {
  return isRefused(second) ? first : second;
}
