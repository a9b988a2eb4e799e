import { ConnectionError } from "../errors.ts";
import type { TargetSessionAttrs } from "../connection/target_session_attrs.ts";

/**
 * Checks that a session is of the requested kind, based on the parameters that the server
 * reports from version 14 on.
 *
 * @param reported Every ParameterStatus of the login.
 * @param wanted The kind; the caller must handle `prefer-standby`.
 * @throws {ConnectionError} If it is of another kind, or unknown.
 */
export function checkSessionAttributes(
  reported: ReadonlyMap<string, string>,
  wanted: TargetSessionAttrs,
): void {
  if (wanted === "any" || wanted === "prefer-standby") return;
  const standby = reported.get("in_hot_standby");
  const readOnly = reported.get("default_transaction_read_only");
  const problem = standby === undefined || readOnly === undefined
    ? "the server does not report whether it is a standby"
    : problemOf(wanted, {
      standby: standby === "on",
      readOnly: standby === "on" || readOnly === "on",
    });
  if (problem === null) return;
  throw new ConnectionError(
    `${problem}, and target_session_attrs is "${wanted}"`,
  );
}

/**
 * Logs in to a standby; if there is none, to any server.
 *
 * @param logInTo Logs in to a server of a given kind.
 * @param signal Aborts the check.
 */
export async function preferStandby<T>(
  logInTo: (wanted: "standby" | "any") => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    return await logInTo("standby");
  } catch (error) {
    if (signal?.aborted || !(error instanceof ConnectionError)) throw error;
    return await logInTo("any");
  }
}

function problemOf(
  wanted: Exclude<TargetSessionAttrs, "any" | "prefer-standby">,
  found: { readonly standby: boolean; readonly readOnly: boolean },
): string | null {
  switch (wanted) {
    case "read-write":
      return found.readOnly ? "the session is read-only" : null;
    case "read-only":
      return found.readOnly ? null : "the session is not read-only";
    case "primary":
      return found.standby ? "the server is in hot standby mode" : null;
    case "standby":
      return found.standby ? null : "the server is not in hot standby mode";
  }
}
