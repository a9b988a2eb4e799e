import type { Environment } from "../socket/socket.ts";
import type { ConnectionKeywords } from "./connection_string.ts";

// Keywords with a meaning here, and the variable that stands in for each.
const KNOWN: Readonly<Record<string, string | null>> = {
  host: "PGHOST",
  hostaddr: "PGHOSTADDR",
  port: "PGPORT",
  dbname: "PGDATABASE",
  user: "PGUSER",
  password: "PGPASSWORD",
  passfile: "PGPASSFILE",
  service: "PGSERVICE",
  servicefile: "PGSERVICEFILE",
  target_session_attrs: "PGTARGETSESSIONATTRS",
  load_balance_hosts: "PGLOADBALANCEHOSTS",
  sslmode: "PGSSLMODE",
  sslnegotiation: "PGSSLNEGOTIATION",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  sslpassword: null,
  sslcertmode: "PGSSLCERTMODE",
  sslsni: "PGSSLSNI",
  ssl_min_protocol_version: "PGSSLMINPROTOCOLVERSION",
  ssl_max_protocol_version: "PGSSLMAXPROTOCOLVERSION",
  channel_binding: "PGCHANNELBINDING",
  require_auth: "PGREQUIREAUTH",
  application_name: "PGAPPNAME",
  fallback_application_name: null,
  connect_timeout: "PGCONNECT_TIMEOUT",
  keepalives: null,
  keepalives_idle: null,
  options: "PGOPTIONS",
};

// What stands in for keywords that are not supported, some with values that do no harm.
const UNSUPPORTED_VARIABLES: readonly string[] = [
  "PGREQUIREPEER",
  "PGGSSENCMODE",
  "PGSSLCRL",
  "PGSSLCRLDIR",
  "PGMINPROTOCOLVERSION",
];

/**
 * Adds what the service file and the variables of the environment say to the keywords
 * that the user gave, and refuses what can be neither obeyed nor passed over.
 *
 * @param given What the user gave; it wins over the service, and that over variables.
 * @param environment Where to look for `PGHOST` and its like, and for files.
 * @returns All keywords that have a meaning here.
 * @throws {TypeError} If a keyword is unknown or not supported, or there is no such
 * service.
 */
export async function completeKeywords(
  given: ConnectionKeywords,
  environment: Environment,
): Promise<ConnectionKeywords> {
  const settled = new Map(given);
  const service = given.get("service") ?? environment.get("PGSERVICE");
  if (service) {
    const { readService } = await import("./service_file.ts");
    const file = given.get("servicefile");
    for (const [name, value] of await readService(service, file, environment)) {
      if (!settled.has(name)) settled.set(name, value);
    }
  }
  if (UNSUPPORTED_VARIABLES.some((name) => environment.get(name))) {
    const { refuseUnsupportedVariables } = await import(
      "./unsupported_keywords.ts"
    );
    refuseUnsupportedVariables(settled, environment);
  }
  addVariables(settled, environment);
  const keywords: ConnectionKeywords = new Map();
  for (const [name, value] of settled) {
    if (Object.hasOwn(KNOWN, name)) keywords.set(name, value);
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
  for (const [name, variable] of Object.entries(KNOWN)) {
    if (variable === null || keywords.has(name)) continue;
    const value = environment.get(variable);
    if (value !== undefined) keywords.set(name, value);
  }
  // What was written for libpq before sslmode, and still counts there.
  const demand = keywords.get("requiressl") ?? environment.get("PGREQUIRESSL");
  keywords.delete("requiressl");
  if (keywords.has("sslmode") || !demand?.startsWith("1")) return;
  keywords.set("sslmode", "require");
}

/**
 * Reads the value of a keyword that has to be one of a few words.
 *
 * @param name The keyword.
 * @param text Its value; `undefined` or empty for the first of the words.
 * @param words The words.
 * @throws {TypeError} If the value is none of them.
 */
export function readWord<Word extends string>(
  name: string,
  text: string | undefined,
  words: readonly [Word, ...Word[]],
): Word {
  if (text === undefined || text === "") return words[0];
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  throw new TypeError(
    `Cannot use ${name} "${text}": it is none of ${words.join(", ")}`,
  );
}

/**
 * Reads the value of a keyword that is a number of seconds.
 *
 * @param name The keyword.
 * @param text Its value.
 * @returns Milliseconds; `undefined` where there is no value.
 * @throws {RangeError} If it is no such number.
 */
export function readSeconds(
  name: string,
  text: string | undefined,
): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^\s*-?\d{1,7}\s*$/.test(text) || Number(text) >= 2 ** 31 / 1000) {
    throw new RangeError(
      `Cannot use ${name} "${text}": it is not a whole number of seconds below 2147483`,
    );
  }
  // As in libpq, a negative number means the same as zero: no limit.
  return Math.max(0, Number(text)) * 1000;
}
