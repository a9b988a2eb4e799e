import type { Environment } from "../socket/socket.ts";
import type { ConnectionKeywords } from "./connection_string.ts";
import { KNOWN_KEYWORDS, WITH_VARIABLE } from "./known_keywords.ts";

// Variables whose names are not just the keyword in capitals, without its underscores.
const VARIABLES: Readonly<Record<string, string>> = {
  dbname: "PGDATABASE",
  application_name: "PGAPPNAME",
  connect_timeout: "PGCONNECT_TIMEOUT",
};

// Replacements for unsupported keywords, some with harmless values.
const UNSUPPORTED_VARIABLES: readonly string[] = [
  "PGREQUIREPEER",
  "PGGSSENCMODE",
  "PGSSLCRL",
  "PGSSLCRLDIR",
  "PGMINPROTOCOLVERSION",
];

/**
 * Adds the values of the service file and the environment variables to the caller's keywords,
 * and rejects keywords that can be neither obeyed nor ignored.
 *
 * @param given The caller's keywords, which outrank the service; the service outranks
 * variables.
 * @param environment The source of variables such as `PGHOST`, and of files.
 * @returns All keywords that have a meaning here.
 * @throws {TypeError} If a keyword is unknown or not supported, or there is no such
 * service.
 */
export async function completeKeywords(
  given: ConnectionKeywords,
  environment: Environment,
): Promise<ConnectionKeywords> {
  const merged = new Map(given);
  const service = given.get("service") ?? environment.get("PGSERVICE");
  if (service) {
    const { readService } = await import("./service_file.ts");
    const file = given.get("servicefile");
    for (const [name, value] of await readService(service, file, environment)) {
      if (!merged.has(name)) merged.set(name, value);
    }
  }
  if (UNSUPPORTED_VARIABLES.some((name) => environment.get(name))) {
    const { refuseUnsupportedVariables } = await import(
      "./unsupported_keywords.ts"
    );
    refuseUnsupportedVariables(merged, environment);
  }
  addVariables(merged, environment);
  const keywords: ConnectionKeywords = new Map();
  for (const [name, value] of merged) {
    if (KNOWN_KEYWORDS.includes(name)) keywords.set(name, value);
    else {
      const { checkUnusualKeyword } = await import("./unsupported_keywords.ts");
      checkUnusualKeyword(name, value);
    }
  }
  return keywords;
}

function addVariables(
  keywords: ConnectionKeywords,
  environment: Environment,
): void {
  for (const name of WITH_VARIABLE) {
    if (keywords.has(name)) continue;
    const capitals = name.replaceAll("_", "").toUpperCase();
    const value = environment.get(VARIABLES[name] ?? `PG${capitals}`);
    if (value !== undefined) keywords.set(name, value);
  }
  // libpq's keyword before sslmode existed, which libpq still honours.
  const demand = keywords.get("requiressl") ?? environment.get("PGREQUIRESSL");
  keywords.delete("requiressl");
  if (keywords.has("sslmode") || !demand?.startsWith("1")) return;
  keywords.set("sslmode", "require");
}
