import type { WarningCause } from "../warning.ts";

/**
 * Returns whether `synchronous_standby_names` matches a client, so that commits on the server
 * may wait for it.
 *
 * Source: the manual, "synchronous_standby_names".
 *
 * @param names The setting: `walbrook`, `*`, `FIRST 1 (a, b)`, `ANY 1 (a, b)` …
 * @param applicationName The client's `application_name`.
 */
export function namesStandby(names: string, applicationName: string): boolean {
  const list = names.replace(/^\s*(?:(?:first|any)\s+)?\d+\s*(?=\()/i, "");
  const wanted = applicationName.toLowerCase();
  for (const [text, quoted] of list.matchAll(/"((?:[^"]|"")*)"|[^\s,()"]+/g)) {
    const name = quoted?.replaceAll('""', '"') ?? text;
    if (name === "*" || name.toLowerCase() === wanted) return true;
  }
  return false;
}

/**
 * Creates the warning for a subscription that commits on the server wait for.
 *
 * @param names The setting.
 * @param applicationName The client's `application_name`.
 */
export function synchronousWarning(
  names: string,
  applicationName: string,
): WarningCause {
  return {
    code: "synchronousStandby",
    subject: names,
    message:
      `Commits on the server may wait for this subscription: synchronous_standby_names is '${names}', and its application_name is "${applicationName}"`,
    hint:
      "If that is not intended, list the standbys individually or give the subscription another application_name; otherwise see docs/operations.md",
  };
}
