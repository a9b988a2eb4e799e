import type { SslMode } from "./ssl_mode.ts";
import type { TargetSessionAttrs } from "./target_session_attrs.ts";

/** Which login a password is fetched for. */
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
 * A password, or a function that fetches one for each login: a token that lives for
 * minutes, and may be good for one host only.
 */
export type Password =
  | string
  | ((request: PasswordRequest) => string | Promise<string>);

/**
 * Whether to tie the login to the TLS connection, so that nobody in the middle can pass it
 * on: where both sides can (`prefer`), never, or always.
 *
 * Source: the manual, "Parameter Key Words", `channel_binding`.
 */
export type ChannelBinding = "disable" | "prefer" | "require";

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
   * unix-domain socket; or several, separated by commas or as an array, which are
   * tried in turn. `PGHOST`.
   *
   * @default {"localhost"} not libpq's compiled-in directory
   */
  readonly host?: string | readonly string[];
  /**
   * IP address to connect to, which saves the look-up of `host`; that name is still
   * what the certificate must bear. One for each host. `PGHOSTADDR`.
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
   * The role to log in as. `PGUSER`, then the operating system's user as `USER`,
   * `LOGNAME` or `USERNAME` tell it.
   */
  readonly user?: string;
  /**
   * The password, or a function that is called for each login. `PGPASSWORD`, then the
   * password file. As with libpq, a server that asks for it in clear text gets it, even
   * over an unencrypted connection; {@linkcode ConnectionOptions.requireAuth}
   * `"scram-sha-256"` rules that out.
   */
  readonly password?: Password;
  /**
   * The password file, read for each login that needs it, and passed over where others
   * have access to it. `PGPASSFILE`.
   *
   * @default {undefined} `~/.pgpass`, on Windows `%APPDATA%\\postgresql\\pgpass.conf`
   */
  readonly passfile?: string;
  /** The database. `PGDATABASE`, then the name of the user. */
  readonly database?: string;
  /**
   * A section of the service file that fills in what is left out here. `PGSERVICE`.
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
   * Which of several servers will do: `any`, `read-write`, `read-only`, `primary`,
   * `standby`, `prefer-standby`. `PGTARGETSESSIONATTRS`.
   *
   * @default {"any"}
   */
  readonly targetSessionAttrs?: TargetSessionAttrs;
  /**
   * `random` to try several hosts in an order drawn for each connection.
   * `PGLOADBALANCEHOSTS`.
   *
   * @default {"disable"}
   */
  readonly loadBalanceHosts?: "disable" | "random";
  /**
   * How much encryption to insist on. `PGSSLMODE`. Unix-domain sockets are never
   * encrypted, whatever this says.
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
   * Whom to trust as issuer of the server's certificate, and nobody else: a PEM
   * file's path, PEM text, or `"system"` for the runtime's own list.
   * `PGSSLROOTCERT`.
   *
   * @default {undefined} `~/.postgresql/root.crt`, if it is there
   */
  readonly sslrootcert?: string;
  /**
   * The client's certificate: a PEM file's path, or PEM text. `PGSSLCERT`.
   *
   * @default {undefined} `~/.postgresql/postgresql.crt`, if it is there
   */
  readonly sslcert?: string;
  /**
   * The key of the client's certificate: a PEM file's path, or PEM text. Nobody else may
   * have access to the file. `PGSSLKEY`.
   *
   * @default {undefined} `~/.postgresql/postgresql.key`
   */
  readonly sslkey?: string;
  /** What {@linkcode ConnectionOptions.sslkey} is encrypted with. */
  readonly sslpassword?: string;
  /**
   * `disable` to show no client's certificate even if there is one. `PGSSLCERTMODE`.
   *
   * @default {"allow"}
   */
  readonly sslcertmode?: "disable" | "allow";
  /**
   * Whether to tell the server its name at the start of TLS (SNI). `PGSSLSNI`.
   *
   * @default {true}
   */
  readonly sslsni?: boolean;
  /**
   * The oldest version of TLS to speak. `PGSSLMINPROTOCOLVERSION`.
   *
   * @default {"TLSv1.2"}
   */
  readonly sslMinProtocolVersion?: "TLSv1.2" | "TLSv1.3";
  /**
   * The newest version of TLS to speak. `PGSSLMAXPROTOCOLVERSION`.
   *
   * @default {"TLSv1.3"}
   */
  readonly sslMaxProtocolVersion?: "TLSv1.2" | "TLSv1.3";
  /**
   * Whether to tie a SCRAM login to the TLS connection: where both sides can (`prefer`),
   * never, or always. `PGCHANNELBINDING`.
   *
   * @default {"prefer"}
   */
  readonly channelBinding?: ChannelBinding;
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
   * Time for the whole login at one host, in milliseconds; 0 for no limit. libpq's
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
   * Time of silence before the first probe, in milliseconds, where the runtime can set it;
   * libpq's `keepalives_idle` is in seconds.
   *
   * @default {undefined} the system's
   */
  readonly keepalivesIdleMs?: number;
  /** Command-line options for the server, such as `-c work_mem=64MB`. `PGOPTIONS`. */
  readonly options?: string;
}
