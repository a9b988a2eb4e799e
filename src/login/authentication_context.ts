import type { ConnectionSettings } from "../connection/connection_settings.ts";
import type { LoginAttempt } from "./login_attempt.ts";

/** Who we are, and over which connection. */
export interface AuthenticationContext {
  /** Who we are, and how to show it. */
  readonly settings: ConnectionSettings;
  /** The connection. */
  readonly attempt: LoginAttempt;
}
