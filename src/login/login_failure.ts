import { ConnectionError, PostgresError } from "../errors.ts";
import type { ConnectionSettings } from "../connection/connection_settings.ts";
import { describeAddress, type Link } from "./login_attempt.ts";
import { explainRefusal } from "./pooler.ts";

/**
 * Says at which server a login failed, and of what is known to happen, why.
 *
 * @param error What it failed with.
 * @param link The connection.
 * @param settings As whom.
 * @returns An error that says so, or the same error.
 */
export function explainFailure(
  error: unknown,
  link: Link,
  { tls }: ConnectionSettings,
): unknown {
  const where = describeAddress(link.target.address);
  if (error instanceof PostgresError) return explainRefusal(error, where);
  if (!(error instanceof ConnectionError)) return error;
  // TLS 1.3 is over for this side before the server has looked at the certificate.
  const mayBeRefused = link.encrypted && link.stage === "startup" &&
    tls?.options.clientCertificate !== undefined;
  const hint = mayBeRefused
    ? "; it may not accept the client's certificate (sslcert)"
    : "";
  return new ConnectionError(
    `Cannot log in at ${where}: ${error.message}${hint}`,
    { cause: error },
  );
}
