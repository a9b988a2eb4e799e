import type { Environment, SocketAddress } from "../socket/socket.ts";
import { completeKeywords } from "./connection_keywords.ts";
import {
  type ConnectionKeywords,
  parseConnectionString,
} from "./connection_string.ts";
import { parseRequireAuth, type RequireAuth } from "./require_auth.ts";
import { sessionParameters } from "./session_parameters.ts";
import {
  resolveTlsPolicy,
  type SslMode,
  type TlsPolicy,
} from "./tls_policy.ts";

/** A password, or a function that fetches one for each login (a short-lived token, say). */
export type Password = string | (() => string | Promise<string>);

/**
 * Where and how to connect, under libpq's names in camelCase. What is left out
 * comes from the environment variable named below, then from the default.
 *
 * @example
 * ```ts
 * import type { ConnectionOptions } from "@walbrook/walbrook";
 *
 * const connection: ConnectionOptions = {
 *   host: "db.example.com",
 *   user: "app",
 *   password: () => Promise.resolve("a token that lives for minutes"),
 *   database: "shop",
 *   sslmode: "verify-full",
 *   sslrootcert: "system",
 * };
 * ```
 */
export interface ConnectionOptions {
  /**
   * Host name, IP address, or (beginning with `/`) the directory of the server's
   * unix-domain socket. `PGHOST`.
   *
   * @default {"localhost"} not libpq's compiled-in directory
   */
  readonly host?: string;
  /**
   * IP address to connect to, which saves the look-up of `host`; that name is still
   * what the certificate must bear. `PGHOSTADDR`.
   */
  readonly hostaddr?: string;
  /**
   * TCP port, or the number in the socket's file name. `PGPORT`.
   *
   * @default {5432}
   */
  readonly port?: number;
  /**
   * The role to log in as. `PGUSER`, then the operating system's user as `USER`,
   * `LOGNAME` or `USERNAME` tell it.
   */
  readonly user?: string;
  /**
   * The password. `PGPASSWORD`. A password file is not read. As with libpq, a server
   * that asks for it in clear text gets it, even over an unencrypted connection;
   * {@linkcode ConnectionOptions.requireAuth} `"scram-sha-256"` rules that out.
   */
  readonly password?: Password;
  /** The database. `PGDATABASE`, then the name of the user. */
  readonly database?: string;
  /**
   * How much encryption to insist on. `PGSSLMODE`. Unix-domain sockets are never
   * encrypted, whatever this says.
   *
   * @default {"prefer"} or `"verify-full"` if `sslrootcert` is `"system"`
   */
  readonly sslmode?: SslMode;
  /**
   * Whom to trust as issuer of the server's certificate, and nobody else: a PEM
   * file's path, PEM text, or `"system"` for the runtime's own list.
   * `PGSSLROOTCERT`.
   *
   * @default {undefined} `~/.postgresql/root.crt` for `verify-ca` and `verify-full`
   */
  readonly sslrootcert?: string;
  /**
   * Authentication methods to accept, separated by commas: `none`, `password`,
   * `md5`, `scram-sha-256`; or methods to refuse, each with a `!` before it.
   * `PGREQUIREAUTH`.
   *
   * @default {undefined} whatever the server asks for
   */
  readonly requireAuth?: string;
  /**
   * The name shown in `pg_stat_replication`, which a synchronous standby's name in
   * `synchronous_standby_names` has to match. `PGAPPNAME`.
   *
   * @default {"walbrook"}
   */
  readonly applicationName?: string;
  /**
   * Time for the whole login, in milliseconds; 0 for no limit. libpq's
   * `connect_timeout` and `PGCONNECT_TIMEOUT` are in seconds.
   *
   * @default {30_000} where libpq has no limit
   */
  readonly connectTimeoutMs?: number;
  /** Command-line options for the server, such as `-c work_mem=64MB`. `PGOPTIONS`. */
  readonly options?: string;
}

/** Everything needed to connect and log in, resolved and checked. */
export interface ConnectionSettings {
  /** Where the server listens. */
  readonly address: SocketAddress;
  /** The role to log in as. */
  readonly user: string;
  /** The database to log in to. */
  readonly database: string;
  /** The password, if one is known. */
  readonly password: Password | undefined;
  /** Which authentication methods to go along with. */
  readonly requireAuth: RequireAuth;
  /** Whether and how to encrypt; `undefined` for unix-domain sockets. */
  readonly tls: TlsPolicy | undefined;
  /** Time for the whole login, in milliseconds; 0 for no limit. */
  readonly connectTimeoutMs: number;
  /** Parameters of StartupMessage besides `user`, `database` and `replication`. */
  readonly parameters: Readonly<Record<string, string>>;
}

// The options' names and libpq's, which the same rules then apply to.
const KEYWORDS: Readonly<Record<keyof ConnectionOptions, string>> = {
  host: "host",
  hostaddr: "hostaddr",
  port: "port",
  user: "user",
  password: "password",
  database: "dbname",
  sslmode: "sslmode",
  sslrootcert: "sslrootcert",
  requireAuth: "require_auth",
  applicationName: "application_name",
  connectTimeoutMs: "connect_timeout",
  options: "options",
};

const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;

/**
 * Settles where and how to connect, from a connection string as libpq takes it
 * (a `postgres://` URL or `keyword=value` pairs) or an object, from the `PG*`
 * variables, and from the defaults that {@linkcode ConnectionOptions} lists.
 *
 * The keywords understood are `host`, `hostaddr`, `port`, `dbname`, `user`,
 * `password`, `sslmode`, `sslrootcert`, `require_auth`, `application_name`,
 * `fallback_application_name`, `connect_timeout` and `options`. Accepted without
 * effect: `replication` (the library asks for the mode it needs), `keepalives…`,
 * `tcp_user_timeout`, `sslcompression`, `sslsni`, `krbsrvname`, `gsslib`,
 * `gssdelegation`, `max_protocol_version`. All others are refused, unless their
 * value asks for nothing that does not happen anyway (`channel_binding=prefer`).
 *
 * @param connection What the user gave; `undefined` for the environment alone.
 * @param environment Variables and files.
 * @throws {SyntaxError} If the string cannot be read.
 * @throws {TypeError} If a keyword or value is unknown or not supported, or there
 * is no user.
 * @throws {RangeError} If a number is out of range.
 */
export async function resolveConnection(
  connection: string | ConnectionOptions | undefined,
  environment: Environment,
): Promise<ConnectionSettings> {
  const options = typeof connection === "object" ? connection : {};
  const given = typeof connection === "string"
    ? parseConnectionString(connection)
    : readOptions(options);
  const keywords = completeKeywords(given, environment);
  const user = findUser(keywords, environment);
  const address = readAddress(keywords);
  return {
    address,
    user,
    database: keywords.get("dbname") || user,
    password: options.password ?? (keywords.get("password") || undefined),
    requireAuth: parseRequireAuth(keywords.get("require_auth") ?? ""),
    tls: address.transport === "unix" ? undefined : await resolveTlsPolicy({
      sslmode: keywords.get("sslmode"),
      sslrootcert: keywords.get("sslrootcert"),
      host: keywords.has("hostaddr")
        ? keywords.get("host") || undefined
        : address.hostname,
      hostname: address.hostname,
    }, environment),
    connectTimeoutMs: options.connectTimeoutMs ??
      readSeconds(keywords.get("connect_timeout")),
    parameters: sessionParameters({
      applicationName: keywords.get("application_name") ||
        keywords.get("fallback_application_name") || "walbrook",
      options: keywords.get("options") ?? "",
    }),
  };
}

function readOptions(options: ConnectionOptions): ConnectionKeywords {
  const keywords: ConnectionKeywords = new Map();
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(KEYWORDS, name)) {
      throw new TypeError(
        `Cannot use connection option "${name}": there is no such option; the names are ${
          Object.keys(KEYWORDS).join(", ")
        }`,
      );
    }
    if (value === undefined) continue;
    checkOption(name, value);
    keywords.set(KEYWORDS[name as keyof ConnectionOptions], String(value));
  }
  return keywords;
}

function checkOption(name: string, value: unknown): void {
  if (name === "connectTimeoutMs") {
    if (typeof value === "number" && value >= 0 && value < 2 ** 31) return;
    throw new RangeError(
      `Cannot use connection option "connectTimeoutMs": ${value} is not a number of milliseconds from 0 to 2147483647`,
    );
  }
  if (name === "port") return; // in any form that reads as one
  if (typeof value === "string") return;
  if (name === "password" && typeof value === "function") return;
  throw new TypeError(
    `Cannot use connection option "${name}": it is of type ${typeof value}, not a string`,
  );
}

function findUser(
  keywords: ConnectionKeywords,
  environment: Environment,
): string {
  const user = keywords.get("user") || environment.get("USER") ||
    environment.get("LOGNAME") || environment.get("USERNAME");
  if (user) return user;
  throw new TypeError(
    "Cannot tell which user to connect as: name one in the connection string or options, or in PGUSER",
  );
}

function readAddress(keywords: ConnectionKeywords): SocketAddress {
  const host = keywords.get("host") || "localhost";
  const hostname = keywords.get("hostaddr") || host;
  refuseSeveral("hosts", hostname);
  refuseSeveral("ports", keywords.get("port") ?? "");
  const port = readPort(keywords.get("port"));
  // A leading "@" is libpq's mark for Linux's abstract socket names.
  if (hostname.startsWith("@")) {
    throw new TypeError(
      `Cannot connect to "${hostname}": abstract socket names are not supported`,
    );
  }
  return hostname.startsWith("/")
    ? {
      transport: "unix",
      path: `${hostname.replace(/(?<=.)\/$/, "")}/.s.PGSQL.${port}`,
    }
    : { transport: "tcp", hostname, port };
}

function refuseSeveral(what: string, list: string): void {
  if (!list.includes(",")) return;
  throw new TypeError(
    `Cannot connect to several ${what}: this library connects to one server, which it names when it reports positions; name that one`,
  );
}

// The text is not quoted: in a URL whose password holds a raw "/", what seems to
// be the port is the beginning of the password.
function readPort(text: string | undefined): number {
  if (text === undefined || text === "") return 5432;
  const port = /^\s*\d+\s*$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw new RangeError(
    'Cannot use the port given: it is not a whole number from 1 to 65535 (in a URL, "/" in a password has to be written as "%2F")',
  );
}

function readSeconds(text: string | undefined): number {
  if (text === undefined || text === "") return DEFAULT_CONNECT_TIMEOUT_MS;
  if (!/^\s*-?\d{1,7}\s*$/.test(text) || Number(text) >= 2 ** 31 / 1000) {
    throw new RangeError(
      `Cannot use connect_timeout "${text}": it is not a whole number of seconds below 2147483`,
    );
  }
  // As in libpq, a negative number means the same as zero: no limit.
  return Math.max(0, Number(text)) * 1000;
}
