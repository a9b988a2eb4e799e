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
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  require_auth: "PGREQUIREAUTH",
  application_name: "PGAPPNAME",
  fallback_application_name: null,
  connect_timeout: "PGCONNECT_TIMEOUT",
  options: "PGOPTIONS",
};

// Keywords that change neither whom we talk to nor how safely. `replication` is
// among them because the library itself asks for the mode it needs.
const IGNORED: ReadonlySet<string> = new Set([
  "replication",
  "keepalives",
  "keepalives_idle",
  "keepalives_interval",
  "keepalives_count",
  "tcp_user_timeout",
  "krbsrvname",
  "gsslib",
  "gssdelegation",
  "sslcompression",
  "sslsni",
  "max_protocol_version",
]);

interface Unsupported {
  /** The variable that libpq reads for it. */
  readonly variable?: string;
  /** Values that ask for nothing which does not happen anyway. */
  readonly harmless?: readonly string[];
}

// Keywords which must not be passed over in silence: they choose another server,
// or ask for more safety than there would be.
const UNSUPPORTED: Readonly<Record<string, Unsupported>> = {
  service: { variable: "PGSERVICE" },
  servicefile: {},
  target_session_attrs: { variable: "PGTARGETSESSIONATTRS", harmless: ["any"] },
  load_balance_hosts: {
    variable: "PGLOADBALANCEHOSTS",
    harmless: ["disable"],
  },
  passfile: {},
  channel_binding: {
    variable: "PGCHANNELBINDING",
    harmless: ["disable", "prefer"],
  },
  requirepeer: { variable: "PGREQUIREPEER" },
  gssencmode: {
    variable: "PGGSSENCMODE",
    harmless: ["disable", "prefer"],
  },
  sslnegotiation: { variable: "PGSSLNEGOTIATION", harmless: ["postgres"] },
  sslcert: { variable: "PGSSLCERT" },
  sslkey: { variable: "PGSSLKEY" },
  sslpassword: {},
  sslcertmode: { variable: "PGSSLCERTMODE", harmless: ["disable", "allow"] },
  sslcrl: { variable: "PGSSLCRL" },
  sslcrldir: { variable: "PGSSLCRLDIR" },
  sslkeylogfile: {},
  ssl_min_protocol_version: {
    variable: "PGSSLMINPROTOCOLVERSION",
    harmless: ["TLSv1", "TLSv1.1", "TLSv1.2"],
  },
  ssl_max_protocol_version: {
    variable: "PGSSLMAXPROTOCOLVERSION",
    harmless: ["TLSv1.3"],
  },
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
 * Adds the variables of the environment to the keywords that the user gave, and
 * refuses what can be neither obeyed nor passed over.
 *
 * @param given What the user gave; it wins over the environment.
 * @param environment Where to look for `PGHOST` and its like.
 * @returns All keywords that have a meaning here.
 * @throws {TypeError} If a keyword is unknown or not supported.
 */
export function completeKeywords(
  given: ConnectionKeywords,
  environment: Environment,
): ConnectionKeywords {
  const keywords: ConnectionKeywords = new Map();
  for (const [name, value] of given) {
    if (Object.hasOwn(KNOWN, name)) keywords.set(name, value);
    else if (!IGNORED.has(name)) refuseUnlessHarmless(name, value);
  }
  for (const [name, variable] of Object.entries(KNOWN)) {
    if (variable === null || keywords.has(name)) continue;
    const value = environment.get(variable);
    if (value !== undefined) keywords.set(name, value);
  }
  refuseUnsupportedVariables(given, environment);
  return keywords;
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
  given: ConnectionKeywords,
  environment: Environment,
): void {
  for (const [name, { variable, harmless }] of Object.entries(UNSUPPORTED)) {
    if (variable === undefined || given.has(name)) continue;
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
