import type { SslMode } from "./ssl_mode.ts";

/** Certificates and a key, each as PEM text, or absent. */
export interface TlsTexts {
  /** Whom to trust. */
  readonly root?: string | undefined;
  /** The client's certificate. */
  readonly certificate?: string | undefined;
  /** Its key. */
  readonly key?: string | undefined;
}

/** Tells PEM text from the name of a file. */
export function isPem(text: string): boolean {
  return text.includes("-----BEGIN ");
}

/**
 * Makes sure that there is somebody to trust where the server has to be verified.
 *
 * @param texts What was found; `system` stands for the runtime's own list.
 * @param sslmode How much is to be verified.
 * @param place Where a root certificate was looked for.
 * @throws {TypeError} If there is nobody.
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
