import { isUnconverted, PINNED } from "../connection/session_parameters.ts";

/**
 * Checks that the session has the requested settings. A pooler may have dropped them, or a
 * login trigger changed them.
 *
 * @param reported Every ParameterStatus of the login.
 * @throws {ConnectionError} If one is reported with another value.
 */
export async function checkReportedParameters(
  reported: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [name, wanted] of Object.entries(PINNED)) {
    const value = reported.get(name);
    if (value === undefined || value === wanted) continue;
    if (name === "client_encoding" && isUnconverted(reported)) continue;
    const { parameterChanged } = await import("./refusals.ts");
    throw parameterChanged(name, value, wanted);
  }
}
