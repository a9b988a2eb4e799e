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
  /** Which of them will do. */
  readonly targetSessionAttrs: TargetSessionAttrs;
  /** Whether to try them in another order each time. */
  readonly loadBalanceHosts: boolean;
  /** The role to log in as. */
  readonly user: string;
  /** The database to log in to. */
  readonly database: string;
  /** The password, if one is known. */
  readonly password: Password | undefined;
  /** Where to look for the password otherwise. */
  readonly passwordFile: PasswordFile | undefined;
  /** Which authentication methods to go along with. */
  readonly requireAuth: RequireAuth;
  /** Whether to tie the login to the TLS connection. */
  readonly channelBinding: ChannelBinding;
  /** Whether and how to encrypt; `undefined` where all servers are unix-domain sockets. */
  readonly tls: TlsPolicy | undefined;
  /** Time for the whole login at one server, in milliseconds; 0 for no limit. */
  readonly connectTimeoutMs: number;
  /** Whether the system probes a silent connection. */
  readonly keepAlive: boolean;
  /** Time of silence before the first probe, in milliseconds. */
  readonly keepAliveIdleMs: number | undefined;
  /** Parameters of StartupMessage besides `user`, `database` and `replication`. */
  readonly parameters: Readonly<Record<string, string>>;
}
