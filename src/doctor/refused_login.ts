import { AuthenticationError, PostgresError } from "../errors.ts";
import * as SQLSTATE from "../sqlstate.ts";
import type { Finding } from "./report.ts";

/** The login that failed. */
export interface RefusedLogin {
  /** The role. */
  readonly user: string;
  /** The database. */
  readonly database: string;
}

/**
 * Explains why a server could not be reached, or rejected the login.
 *
 * @param error The error of the login.
 * @param login The role and the database.
 */
export function refusedLogin(
  error: unknown,
  { user, database }: RefusedLogin,
): Finding {
  const found = error instanceof Error ? error.message : String(error);
  const about = (id: string, problem: string, fix: string): Finding => ({
    ...{ id, severity: "error", found, problem, fix },
    ...{ fixSql: null, provider: null },
  });
  if (error instanceof AuthenticationError) {
    return about(
      "loginRefusedHere",
      "This side rejects the login: the server's proof or method is not accepted",
      "Check the password, and the options require_auth, channel_binding and sslmode",
    );
  }
  if (!(error instanceof PostgresError)) {
    return about(
      "unreachable",
      "The server can't be reached",
      "Check that it runs, that host and port are right, that listen_addresses lets it listen, and that no firewall is in between; a name with only an IPv6 address needs IPv6 here",
    );
  }
  switch (error.code) {
    case "28P01":
      return about(
        "passwordRefused",
        "The server rejects the password",
        `Check the password of role ${user}`,
      );
    case SQLSTATE.INVALID_CATALOG_NAME:
      return about(
        "databaseMissing",
        `There is no database ${database}`,
        "Correct the name, or create the database",
      );
    case "53300":
      return about(
        "connectionsFull",
        "All connections are in use",
        "Close some, or raise max_connections (restart)",
      );
    case SQLSTATE.CANNOT_CONNECT_NOW:
      return about(
        "startingUp",
        "The server is starting, recovering or shutting down",
        "Wait until it accepts connections",
      );
  }
  if (error.code.startsWith("28")) {
    return about(
      "loginRefused",
      "The server rejects the login",
      `Check that the role exists and has LOGIN; if no line of pg_hba.conf matches, add "hostssl ${database} ${user} <address>/32 scram-sha-256" and reload`,
    );
  }
  return about(
    "loginFailed",
    "The server rejects the login",
    "Check what it reports, and its log",
  );
}
