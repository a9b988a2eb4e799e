import type { SslMode } from "./ssl_mode.ts";

/** Certificates and a key, each as PEM text, or absent. */
export interface TlsTexts {
  /** The root certificates to trust. */
  readonly root?: string | undefined;
  /** The client's certificate. */
  readonly certificate?: string | undefined;
  /** Its key. */
  readonly key?: string | undefined;
}

/** Distinguishes PEM text from the name of a file. */
export function isPem(text: string): boolean {
  return text.includes("-----BEGIN ");
}

/**
 * Checks that there is a root certificate if the server must be verified.
 *
 * @param texts The texts found; `system` stands for the runtime's own list.
 * @param sslmode The required level of verification.
 * @param place Where the search for a root certificate took place.
 * @throws {TypeError} If there is none.
 */
export function withoutSystem(
  texts: TlsTexts,
  sslmode: SslMode,
  place = "none was given",
): TlsTexts {
  if (texts.root === "system") return { ...texts, root: undefined };
  const verifies = sslmode === "verify-ca" || sslmode === "verify-full";
  if (texts.root !== undefined || !verifies) return texts;
  throw new TypeError(
    `Cannot verify the server: sslmode "${sslmode}" needs a root certificate, and ${place}; set sslrootcert to a certificate file, to PEM text, or (with verify-full) to "system" for the runtime's own list`,
  );
}
