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

// Keywords that change neither whom we talk to nor how safely. `replication` is
// among them because the library itself asks for the mode it needs.
const IGNORED: ReadonlySet<string> = new Set([
  "replication",
  "keepalives_interval",
  "keepalives_count",
  "tcp_user_timeout",
  "krbsrvname",
  "gsslib",
  "gssdelegation",
  "sslcompression",
  "max_protocol_version",
]);

interface Unsupported {
  /** The variable that libpq reads for it. */
  readonly variable?: string;
  /** Values that ask for nothing which does not happen anyway. */
  readonly harmless?: readonly string[];
}

// Keywords which must not be passed over in silence: they ask for more safety than
// there would be, or for another way to log in.
const UNSUPPORTED: Readonly<Record<string, Unsupported>> = {
  requirepeer: { variable: "PGREQUIREPEER" },
  gssencmode: {
    variable: "PGGSSENCMODE",
    harmless: ["disable", "prefer"],
  },
  sslcrl: { variable: "PGSSLCRL" },
  sslcrldir: { variable: "PGSSLCRLDIR" },
  sslkeylogfile: {},
  min_protocol_version: {
    variable: "PGMINPROTOCOLVERSION",
    harmless: ["3.0"],
  },
  // The session's encoding is UTF8 whatever the caller's terminal speaks.
  client_encoding: { harmless: ["auto", "UTF8", "UTF-8", "utf8", "utf-8"] },
  scram_client_key: {},
  scram_server_key: {},
  oauth_issuer: {},
  oauth_client_id: {},
  oauth_client_secret: {},
  oauth_scope: {},
};

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
  refuseUnsupportedVariables(settled, environment);
  addVariables(settled, environment);
  const keywords: ConnectionKeywords = new Map();
  for (const [name, value] of settled) {
    if (Object.hasOwn(KNOWN, name)) keywords.set(name, value);
    else if (!IGNORED.has(name)) refuseUnlessHarmless(name, value);
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

function refuseUnlessHarmless(name: string, value: string): void {
  if (!Object.hasOwn(UNSUPPORTED, name)) {
    throw new TypeError(
      `Cannot use connection keyword "${name}": there is no such keyword`,
    );
  }
  if (UNSUPPORTED[name]?.harmless?.includes(value)) return;
  throw new TypeError(
    `Cannot use connection keyword "${name}": this library does not support it${
      otherValues(UNSUPPORTED[name]?.harmless)
    }`,
  );
}

function refuseUnsupportedVariables(
  settled: ConnectionKeywords,
  environment: Environment,
): void {
  for (const [name, { variable, harmless }] of Object.entries(UNSUPPORTED)) {
    if (variable === undefined || settled.has(name)) continue;
    const value = environment.get(variable);
    if (value === undefined || value === "" || harmless?.includes(value)) {
      continue;
    }
    throw new TypeError(
      `Cannot follow environment variable ${variable}: this library does not support it${
        otherValues(harmless)
      }; unset it for this process`,
    );
  }
}

function otherValues(harmless: readonly string[] | undefined): string {
  return harmless === undefined
    ? ""
    : ` with a value other than ${harmless.join(", ")}`;
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
