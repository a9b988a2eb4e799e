import type { Environment } from "../socket/socket.ts";
import { KNOWN_KEYWORDS } from "./known_keywords.ts";
import type { ConnectionKeywords } from "./connection_string.ts";
import { suggestion } from "./keyword_values.ts";

// Keywords that affect neither the choice of server nor security. `replication` is one of
// them because the library itself requests the mode that it needs.
const IGNORED: ReadonlySet<string> = new Set([
  // Keywords of node-postgres for the meaning that sslmode has in libpq and here anyway.
  "uselibpqcompat",
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
  /** The variable from which libpq reads it. */
  readonly variable?: string;
  /** Values that have no effect here. */
  readonly harmless?: readonly string[];
}

// Keywords that must not be ignored silently: they require more security than there would be,
// or another way to log in.
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
  // The session's encoding is UTF8, whatever the caller's terminal uses.
  client_encoding: { harmless: ["auto", "UTF8", "UTF-8", "utf8", "utf-8"] },
  scram_client_key: {},
  scram_server_key: {},
  oauth_issuer: {},
  oauth_client_id: {},
  oauth_client_secret: {},
  oauth_scope: {},
};

/** Parameters of other drivers and tools, and what to do about them. */
const FOREIGN: Readonly<Record<string, string>> = {
  schema: ", since the publication says which tables are followed",
  pgbouncer: ", and connect to the server itself, not to a pooler",
  pool_mode: ", and connect to the server itself",
  sslaccept: ', and write sslmode=verify-full for "strict"',
  sslidentity: ", and write sslcert and sslkey",
  ssl: ", and write sslmode=require, or verify-full to check the server",
};
/** Keywords without a replacement: of Prisma, Supabase, JDBC, Go and Doctrine. The library sets `search_path`. */
const REMOVED =
  /^(?:connection_limit|(?:pool|socket|idle)_timeout|supa|statement_cache_size|prepared_statements|currentSchema|pool_max_conns|search_path|serverVersion|charset|encoding)$/;

/**
 * Rejects an unsupported keyword, unless it can be ignored.
 *
 * @throws {TypeError} If it is not one of libpq's, or requires something unsupported.
 */
export function checkUnusualKeyword(name: string, value: string): void {
  if (IGNORED.has(name)) return;
  if (!Object.hasOwn(UNSUPPORTED, name)) {
    refuseUnknownKeyword(name);
  }
  if (UNSUPPORTED[name]?.harmless?.includes(value)) return;
  throw new TypeError(
    `Cannot use connection keyword "${name}": this library does not support it${
      exceptHarmless(UNSUPPORTED[name]?.harmless)
    }`,
  );
}

/**
 * Rejects variables that require something unsupported, if no keyword outranks them.
 *
 * @throws {TypeError} If there is one.
 */
export function refuseUnsupportedVariables(
  keywords: ConnectionKeywords,
  environment: Environment,
): void {
  for (const [name, { variable, harmless }] of Object.entries(UNSUPPORTED)) {
    if (variable === undefined || keywords.has(name)) continue;
    const value = environment.get(variable);
    if (value === undefined || value === "" || harmless?.includes(value)) {
      continue;
    }
    throw new TypeError(
      `Cannot follow environment variable ${variable}: this library does not support it${
        exceptHarmless(harmless)
      }; unset it for this process`,
    );
  }
}

// The keyword is quoted only if other programs are known to have it: if the string is
// malformed, it may be a part of a password.
function refuseUnknownKeyword(name: string): never {
  const isForeign = Object.hasOwn(FOREIGN, name);
  if (isForeign || REMOVED.test(name)) {
    throw new TypeError(
      `Cannot use connection keyword "${name}", which belongs to another driver or tool: remove it${
        isForeign ? FOREIGN[name] : ""
      }`,
    );
  }
  const known = [...KNOWN_KEYWORDS, ...IGNORED, ...Object.keys(UNSUPPORTED)];
  throw new TypeError(
    `Cannot use the connection string: it has a keyword that does not exist${
      suggestion(name, known) ||
      ". It is not shown, since it may be a piece of a password: put values with blanks in single quotes, and percent-encode special characters in a URL"
    }`,
  );
}

function exceptHarmless(harmless: readonly string[] | undefined): string {
  return harmless === undefined
    ? ""
    : ` with a value other than ${harmless.join(", ")}`;
}
