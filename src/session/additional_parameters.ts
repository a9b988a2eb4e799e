import { PINNED } from "./session_parameters.ts";

const RESERVED: ReadonlySet<string> = new Set([
  ...Object.keys(PINNED).map((name) => name.toLowerCase()),
  "bytea_output",
  "extra_float_digits",
  "user",
  "database",
  "replication",
  "options",
  "application_name",
]);

/**
 * Refuses additional parameters of StartupMessage that the library sets itself.
 *
 * @param parameters What a caller wants to add.
 * @throws {TypeError} If one of them is pinned.
 */
export function checkAdditionalParameters(
  parameters: Readonly<Record<string, string>>,
): void {
  for (const name of Object.keys(parameters)) {
    if (!RESERVED.has(name.toLowerCase())) continue;
    throw new TypeError(
      `Cannot set startup parameter "${name}": the library sets it itself`,
    );
  }
}
