import { AuthenticationError, ConnectionError } from "../errors.ts";
import type { ClientCertificate, TlsOptions, TlsVersion } from "./socket.ts";

/** The function of `node:tls` that compares a certificate with a name. */
export type CheckServerIdentity<Certificate> = (
  hostname: string,
  certificate: Certificate,
) => Error | undefined;

/** The options of `tls.connect()` in `node:tls` that control verification. */
export interface TlsConnectOptions<Certificate> {
  /** The name for SNI, which must not be an IP address. */
  readonly servername?: string;
  /** Whether to verify the chain. */
  readonly rejectUnauthorized: boolean;
  /** The certificates to trust instead of the runtime's list. */
  readonly ca?: string[];
  /** Verifies the name. */
  readonly checkServerIdentity: CheckServerIdentity<Certificate>;
  /** The protocol to offer, which PostgreSQL 17 and later require if any is offered. */
  readonly ALPNProtocols: string[];
  /** The client's certificate. */
  readonly cert?: string;
  /** Its key. */
  readonly key?: string;
  /** The passphrase of the key. */
  readonly passphrase?: string;
  /** The oldest version to use. */
  readonly minVersion?: TlsVersion;
  /** The newest version to use. */
  readonly maxVersion?: TlsVersion;
}

/**
 * Converts options to those of `node:tls`.
 *
 * @param options How to verify the server.
 * @param checkServerIdentity The function of `node:tls`.
 */
export function tlsConnectOptions<Certificate>(
  options: TlsOptions,
  checkServerIdentity: CheckServerIdentity<Certificate>,
): TlsConnectOptions<Certificate> {
  const { hostname, verify, caCertificates, clientCertificate } = options;
  const { minVersion, maxVersion, sendServerName = true } = options;
  return {
    ...(sendServerName && !isIpAddress(hostname)
      ? { servername: hostname }
      : {}),
    ...(caCertificates === undefined ? {} : { ca: [...caCertificates] }),
    ...(clientCertificate === undefined
      ? {}
      : clientOptions(clientCertificate)),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    rejectUnauthorized: verify !== "none",
    // Called with the SNI name, which an IP address does not have.
    checkServerIdentity: (_name, certificate) =>
      verify === "full"
        ? checkServerIdentity(hostname, certificate)
        : undefined,
    ALPNProtocols: ["postgresql"],
  };
}

function clientOptions({ certificate, key, passphrase }: ClientCertificate) {
  return {
    cert: certificate,
    key,
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

/** The part of `node:crypto` in use for a client's certificate. */
export interface CertificateTools<Key> {
  /** Reads a private key, and decrypts it if necessary. */
  createPrivateKey(
    input: { key: string; format: "pem"; passphrase?: string },
  ): Key;
  /** Reads a certificate. */
  readonly X509Certificate: new (
    pem: string,
  ) => { checkPrivateKey(key: Key): boolean };
}

/**
 * Checks that a client's certificate can be presented. Some runtimes present none at all if
 * they can't decrypt its key.
 *
 * @param client The certificate.
 * @param tools `node:crypto`.
 * @throws {TypeError} If the key can't be read or belongs to another certificate: no
 * `sslmode` falls back to an unencrypted connection because of that.
 */
export function checkClientCertificate<Key>(
  { certificate, key, passphrase }: ClientCertificate,
  tools: CertificateTools<Key>,
): void {
  let privateKey: Key;
  try {
    privateKey = tools.createPrivateKey({
      key,
      format: "pem",
      ...(passphrase === undefined ? {} : { passphrase }),
    });
  } catch (cause) {
    throw new TypeError(
      `Cannot read the key of the client's certificate (sslkey): ${
        cause instanceof Error ? cause.message : String(cause)
      }; if it is encrypted, give the right sslpassword`,
      { cause },
    );
  }
  if (readCertificate(certificate, tools).checkPrivateKey(privateKey)) return;
  throw new TypeError(
    "Cannot use the client's certificate (sslcert): the key (sslkey) belongs to another one",
  );
}

function readCertificate<Key>(
  pem: string,
  tools: CertificateTools<Key>,
): { checkPrivateKey(key: Key): boolean } {
  try {
    return new tools.X509Certificate(pem);
  } catch (cause) {
    throw new TypeError(
      `Cannot read the client's certificate (sslcert): ${
        cause instanceof Error ? cause.message : String(cause)
      }`,
      { cause },
    );
  }
}

/** The part of a connected `TLSSocket` of `node:tls` in use. */
export interface SecureConnection {
  /** The protocol that the server chose; `false` if it chose none. */
  readonly alpnProtocol: string | false | null;
  /** The server's certificate. */
  getPeerCertificate(detailed: true): { readonly raw?: Uint8Array };
}

/**
 * Checks that a finished handshake fulfils the {@linkcode TlsOptions}.
 *
 * @throws {ConnectionError} If the server did not agree to speak `postgresql`.
 */
export function checkHandshake(
  secure: SecureConnection,
  options: TlsOptions,
): void {
  if (!options.requireAlpn || secure.alpnProtocol === "postgresql") return;
  throw new ConnectionError(
    'the server did not agree with ALPN to speak "postgresql"',
  );
}

/** The server's certificate in DER, if the runtime provides it. */
export function peerCertificateOf(
  secure: SecureConnection,
): Uint8Array | undefined {
  const raw = secure.getPeerCertificate(true)?.raw;
  return raw === undefined ? undefined : Uint8Array.from(raw);
}

function isIpAddress(hostname: string): boolean {
  return hostname.includes(":") || /^\d+(?:\.\d+){3}$/.test(hostname);
}

/**
 * Distinguishes an untrusted certificate from other failures of a handshake.
 *
 * @param error The error of `node:tls`.
 * @returns An {@linkcode AuthenticationError} for an untrusted certificate; otherwise the
 * error itself.
 */
export function trustError(error: Error & { readonly code?: string }): Error {
  // Names of OpenSSL's X509_V_ERR_… and Node's own for a wrong name.
  const isDistrust =
    /^(?:ERR_TLS_CERT_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_|HOSTNAME_MISMATCH|ERROR_IN_CERT_)/
      .test(error.code ?? "");
  if (!isDistrust) return error;
  const isUnknown = /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/
    .test(error.code ?? "");
  return new AuthenticationError(
    `Cannot trust the server's certificate: ${error.message}${
      isUnknown
        ? "; name the certificate of its authority in sslrootcert: the provider's, or that of a proxy which inspects TLS"
        : ""
    }`,
    { cause: error },
  );
}
