import type { ChannelBinding, Password } from "./connection_options.ts";
import type { ConnectionTarget } from "./connection_targets.ts";
import type { PasswordFile } from "./password_file.ts";
import type { RequireAuth } from "./authentication_method.ts";
import type { TargetSessionAttrs } from "./target_session_attrs.ts";
import type { TlsPolicy } from "./tls_policy.ts";

/** Everything needed to connect and log in, resolved and checked. */
export interface ConnectionSettings {
  /** The servers, in the order given. */
  readonly targets: readonly [ConnectionTarget, ...ConnectionTarget[]];
  /** The kind of server to connect to. */
  readonly targetSessionAttrs: TargetSessionAttrs;
  /** Whether to try them in a different order each time. */
  readonly loadBalanceHosts: boolean;
  /** The role to log in as. */
  readonly user: string;
  /** The database to log in to. */
  readonly database: string;
  /** The password, if known. */
  readonly password: Password | undefined;
  /** The place to look for the password otherwise. */
  readonly passwordFile: PasswordFile | undefined;
  /** The authentication methods to accept. */
  readonly requireAuth: RequireAuth;
  /** Whether to bind the login to the TLS connection. */
  readonly channelBinding: ChannelBinding;
  /** Whether and how to encrypt; `undefined` if all servers are unix-domain sockets. */
  readonly tls: TlsPolicy | undefined;
  /** The time limit for the whole login at one server, in milliseconds; 0 for none. */
  readonly connectTimeoutMs: number;
  /** Whether the system probes a silent connection. */
  readonly keepAlive: boolean;
  /** The time of silence before the first probe, in milliseconds. */
  readonly keepAliveIdleMs: number | undefined;
  /** Parameters of StartupMessage besides `user`, `database` and `replication`. */
  readonly parameters: Readonly<Record<string, string>>;
}
