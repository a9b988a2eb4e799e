import { AuthenticationError } from "../errors.ts";
import type { TlsOptions } from "./socket.ts";

/** The function of `node:tls` that compares a certificate with a name. */
export type CheckServerIdentity<Certificate> = (
  hostname: string,
  certificate: Certificate,
) => Error | undefined;

/** The options of `tls.connect()` in `node:tls` that say whom to expect. */
export interface TlsConnectOptions<Certificate> {
  /** The name for SNI, which may not be an IP address. */
  readonly servername?: string;
  /** Whether to check the chain. */
  readonly rejectUnauthorized: boolean;
  /** Whom to trust instead of the runtime's list. */
  readonly ca?: string[];
  /** Whether to check the name. */
  readonly checkServerIdentity: CheckServerIdentity<Certificate>;
  /** PostgreSQL 17 and later want this name if there is any. */
  readonly ALPNProtocols: string[];
}

/**
 * Says in terms of `node:tls` whom to expect.
 *
 * @param options Whom to expect.
 * @param checkServerIdentity The function of `node:tls`.
 */
export function tlsConnectOptions<Certificate>(
  options: TlsOptions,
  checkServerIdentity: CheckServerIdentity<Certificate>,
): TlsConnectOptions<Certificate> {
  const { hostname, verify, caCertificates } = options;
  return {
    ...(isIpAddress(hostname) ? {} : { servername: hostname }),
    ...(caCertificates === undefined ? {} : { ca: [...caCertificates] }),
    rejectUnauthorized: verify !== "none",
    // Called with the SNI name, which an IP address has none of.
    checkServerIdentity: (_name, certificate) =>
      verify === "full"
        ? checkServerIdentity(hostname, certificate)
        : undefined,
    ALPNProtocols: ["postgresql"],
  };
}

function isIpAddress(hostname: string): boolean {
  return hostname.includes(":") || /^\d+(?:\.\d+){3}$/.test(hostname);
}

/**
 * Tells a certificate that is not to be trusted from other failures of a handshake.
 *
 * @param error What `node:tls` failed with.
 * @returns An {@linkcode AuthenticationError} for the former, else the error itself.
 */
export function trustError(error: Error & { readonly code?: string }): Error {
  // Names of OpenSSL's X509_V_ERR_… and Node's own for a wrong name.
  const isDistrust =
    /^(?:ERR_TLS_CERT_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_|HOSTNAME_MISMATCH|ERROR_IN_CERT_)/
      .test(error.code ?? "");
  if (!isDistrust) return error;
  return new AuthenticationError(
    `Cannot trust the server's certificate: ${error.message}`,
    { cause: error },
  );
}
