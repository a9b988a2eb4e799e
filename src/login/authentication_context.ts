import type { ConnectionSettings } from "../connection/connection_settings.ts";
import type { LoginAttempt } from "./login_attempt.ts";

/** The credentials, and the connection that they are for. */
export interface AuthenticationContext {
  /** The user, and the ways to authenticate. */
  readonly settings: ConnectionSettings;
  /** The connection. */
  readonly attempt: LoginAttempt;
}
