import { AuthenticationError, ConnectionError } from "../errors.ts";
import type { ClientCertificate, TlsOptions, TlsVersion } from "./socket.ts";

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
  /** What to show the server. */
  readonly cert?: string;
  /** Its key. */
  readonly key?: string;
  /** What the key is encrypted with. */
  readonly passphrase?: string;
  /** The oldest version to speak. */
  readonly minVersion?: TlsVersion;
  /** The newest version to speak. */
  readonly maxVersion?: TlsVersion;
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
    // Called with the SNI name, which an IP address has none of.
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

/** What is used of `node:crypto` to look at a client's certificate. */
export interface CertificateTools<Key> {
  /** Reads, and where it has to decrypts, a private key. */
  createPrivateKey(
    input: { key: string; format: "pem"; passphrase?: string },
  ): Key;
  /** Reads a certificate. */
  readonly X509Certificate: new (
    pem: string,
  ) => { checkPrivateKey(key: Key): boolean };
}

/**
 * Makes sure that a client's certificate can be shown. Some runtimes show none at all
 * where they can't decrypt its key.
 *
 * @param client The certificate.
 * @param tools `node:crypto`.
 * @throws {TypeError} If the key can't be read or belongs to another certificate: no `sslmode`
 * steps down to an unencrypted connection for that.
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

/** What is used of a connected `TLSSocket` of `node:tls`. */
export interface SecureConnection {
  /** The name that the server chose; `false` where it chose none. */
  readonly alpnProtocol: string | false | null;
  /** The server's certificate. */
  getPeerCertificate(detailed: true): { readonly raw?: Uint8Array };
}

/**
 * Makes sure of what {@linkcode TlsOptions} demand of a finished handshake.
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

/** The server's certificate in DER, if the runtime shows it. */
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
