import type { TlsOptions } from "./socket.ts";

// The properties of a Worker's TLS in any case.
const ALWAYS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["sendServerName", true],
  ["minVersion", "TLSv1.2"],
  ["requireAlpn", false],
]);

// The rejected options, under libpq's names.
const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ["clientCertificate", "sslcert"],
  ["sendServerName", "sslsni=0"],
  ["minVersion", "ssl_min_protocol_version"],
  ["maxVersion", "ssl_max_protocol_version"],
  ["requireAlpn", "sslnegotiation=direct"],
]);

/**
 * Rejects options that a Worker's TLS does not support. Unknown options are rejected too:
 * otherwise they would be ignored silently.
 *
 * @throws {TypeError} If there are any.
 */
export function checkTls({ hostname: _, verify, ...others }: TlsOptions): void {
  if (verify !== "full") {
    throw new TypeError(
      'Cannot start TLS: Workers check every certificate and its name, so sslmode can only be "verify-full" (with sslrootcert=system), or "disable"',
    );
  }
  for (const [name, value] of Object.entries(others)) {
    if (value === undefined || ALWAYS.get(name) === value) continue;
    throw new TypeError(
      name === "caCertificates"
        ? "Cannot start TLS: Workers trust their own list of authorities and no other certificate; use sslrootcert=system"
        : `Cannot start TLS: Workers can't do what ${
          KEYWORDS.get(name) ?? name
        } asks for; leave it out`,
    );
  }
}
