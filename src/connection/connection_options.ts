import type { SslMode } from "./ssl_mode.ts";
import type { TargetSessionAttrs } from "./target_session_attrs.ts";

/** The login for which a password is needed. */
export interface PasswordRequest {
  /** The host, as it was given: a name, an address, or a socket's directory. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** The role. */
  readonly user: string;
  /** The database. */
  readonly database: string;
}

/**
 * A password, or a function that returns one for each login: for tokens that are short-lived
 * or valid for only one host.
 */
export type Password =
  | string
  | ((request: PasswordRequest) => string | Promise<string>);

/**
 * Whether to bind the login to the TLS connection, so that a man in the middle can't relay
 * it: if both sides support it (`prefer`), never, or always.
 *
 * Source: the manual, "Parameter Key Words", `channel_binding`.
 */
export type ChannelBinding = "disable" | "prefer" | "require";

/**
 * Where and how to connect. The names are libpq's, in camelCase. Omitted values are taken
 * from the environment variable named below, then from the default.
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
 *
 * @category Subscribe
 */
export interface ConnectionOptions {
  /**
   * Host name, IP address, or (beginning with `/`) the directory of the server's unix-domain
   * socket; several, separated by commas or as an array, are tried in turn. `PGHOST`.
   *
   * @default {"localhost"} not libpq's compiled-in directory
   */
  readonly host?: string | readonly string[];
  /**
   * IP address to connect to, which saves the lookup of `host`; the certificate must still
   * contain that name. One for each host. `PGHOSTADDR`.
   *
   * @default {undefined} `host` is looked up
   */
  readonly hostaddr?: string | readonly string[];
  /**
   * TCP port, or the number in the socket's file name; one for all hosts, or one for
   * each. `PGPORT`.
   *
   * @default {5432}
   */
  readonly port?: number | readonly number[];
  /**
   * The role to log in as. `PGUSER`, then the operating system's user from `USER`, `LOGNAME`
   * or `USERNAME`.
   *
   * @default {undefined} without any of these, connecting fails
   */
  readonly user?: string;
  /**
   * The password, or a function that is called for each login. `PGPASSWORD`, then the
   * password file. As with libpq, it is sent in clear text to a server that requests this,
   * even over an unencrypted connection; {@linkcode ConnectionOptions.requireAuth}
   * `"scram-sha-256"` prevents that.
   *
   * @default {undefined} no password, for logins that need none
   */
  readonly password?: Password;
  /**
   * The password file, read for each login that needs it, and ignored if others have access
   * to it. `PGPASSFILE`.
   *
   * @default {undefined} `~/.pgpass`, on Windows `%APPDATA%\\postgresql\\pgpass.conf`
   */
  readonly passfile?: string;
  /**
   * The database. `PGDATABASE`.
   *
   * @default {undefined} the database with the user's name
   */
  readonly database?: string;
  /**
   * A section of the service file, which provides the values omitted here. `PGSERVICE`.
   *
   * @default {undefined} none
   */
  readonly service?: string;
  /**
   * The service file. `PGSERVICEFILE`.
   *
   * @default {undefined} `~/.pg_service.conf`, then `pg_service.conf` in `PGSYSCONFDIR`
   */
  readonly servicefile?: string;
  /**
   * The kind of server to connect to if there are several: `any`, `read-write`, `read-only`,
   * `primary`, `standby`, `prefer-standby`. `PGTARGETSESSIONATTRS`.
   *
   * @default {"any"}
   */
  readonly targetSessionAttrs?: TargetSessionAttrs;
  /**
   * `random` to try several hosts in a random order for each connection.
   * `PGLOADBALANCEHOSTS`.
   *
   * @default {"disable"}
   */
  readonly loadBalanceHosts?: "disable" | "random";
  /**
   * The required level of encryption. `PGSSLMODE`. Unix-domain sockets are never encrypted,
   * whatever the value.
   *
   * @default {"prefer"} or `"verify-full"` if `sslrootcert` is `"system"`
   */
  readonly sslmode?: SslMode;
  /**
   * `direct` to start TLS at once, which saves a round trip and needs PostgreSQL 17 and an
   * `sslmode` of `require` or stronger. `PGSSLNEGOTIATION`.
   *
   * @default {"postgres"}
   */
  readonly sslnegotiation?: "postgres" | "direct";
  /**
   * The only issuer of server certificates to trust: a PEM file's path, PEM text, or
   * `"system"` for the runtime's own list. `PGSSLROOTCERT`.
   *
   * @default {undefined} `~/.postgresql/root.crt`, if it exists
   */
  readonly sslrootcert?: string;
  /**
   * The client's certificate: a PEM file's path, or PEM text. `PGSSLCERT`.
   *
   * @default {undefined} `~/.postgresql/postgresql.crt`, if it exists
   */
  readonly sslcert?: string;
  /**
   * The key of the client's certificate: a PEM file's path, or PEM text. Others must not have
   * access to the file. `PGSSLKEY`.
   *
   * @default {undefined} `~/.postgresql/postgresql.key`
   */
  readonly sslkey?: string;
  /**
   * The passphrase of {@linkcode ConnectionOptions.sslkey}.
   *
   * @default {undefined} the key is not encrypted
   */
  readonly sslpassword?: string;
  /**
   * `disable` to send no client certificate even if there is one. `PGSSLCERTMODE`.
   *
   * @default {"allow"}
   */
  readonly sslcertmode?: "disable" | "allow";
  /**
   * Whether to send the server's name at the start of TLS (SNI). `PGSSLSNI`.
   *
   * @default {true}
   */
  readonly sslsni?: boolean;
  /**
   * The oldest allowed version of TLS. `PGSSLMINPROTOCOLVERSION`.
   *
   * @default {"TLSv1.2"}
   */
  readonly sslMinProtocolVersion?: "TLSv1.2" | "TLSv1.3";
  /**
   * The newest allowed version of TLS. `PGSSLMAXPROTOCOLVERSION`.
   *
   * @default {"TLSv1.3"}
   */
  readonly sslMaxProtocolVersion?: "TLSv1.2" | "TLSv1.3";
  /**
   * Whether to bind a SCRAM login to the TLS connection: if both sides support it (`prefer`),
   * never, or always. `PGCHANNELBINDING`.
   *
   * @default {"prefer"}
   */
  readonly channelBinding?: ChannelBinding;
  /**
   * Authentication methods to accept, separated by commas: `none`, `password`, `md5`,
   * `scram-sha-256`; or methods to reject, each with a `!` before it. `PGREQUIREAUTH`.
   *
   * @default {undefined} whatever the server requests
   */
  readonly requireAuth?: string;
  /**
   * The name shown in `pg_stat_replication`, which `synchronous_standby_names` must contain
   * for a synchronous standby. `PGAPPNAME`.
   *
   * @default {"walbrook"}
   */
  readonly applicationName?: string;
  /**
   * The time limit for the whole login at one host, in milliseconds; 0 for none. libpq's
   * `connect_timeout` and `PGCONNECT_TIMEOUT` are in seconds.
   *
   * @default {30_000} where libpq has no limit
   */
  readonly connectTimeoutMs?: number;
  /**
   * Whether the system probes a silent connection (TCP keep-alive).
   *
   * @default {true}
   */
  readonly keepalives?: boolean;
  /**
   * The time of silence before the first probe, in milliseconds, if the runtime can set it;
   * libpq's `keepalives_idle` is in seconds.
   *
   * @default {undefined} the operating system's default
   */
  readonly keepalivesIdleMs?: number;
  /**
   * Command-line options for the server, such as `-c work_mem=64MB`. `PGOPTIONS`.
   *
   * @default {undefined} none
   */
  readonly options?: string;
}
