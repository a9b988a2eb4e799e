import type { Environment, TlsOptions } from "../socket/socket.ts";

const SSL_MODES: readonly SslMode[] = [
  "disable",
  "allow",
  "prefer",
  "require",
  "verify-ca",
  "verify-full",
];

/**
 * How much encryption to insist on, under libpq's names.
 *
 * - `disable`: never encrypt.
 * - `allow`: encrypt only where the server refuses an unencrypted login.
 * - `prefer`: encrypt where the server can; no protection from an active attacker.
 * - `require`: encrypt, or fail; any certificate will do.
 * - `verify-ca`: the certificate must come from a trusted authority.
 * - `verify-full`: it must bear the host's name too.
 *
 * Source: the manual, "SSL Support" of libpq.
 */
export type SslMode =
  | "disable"
  | "allow"
  | "prefer"
  | "require"
  | "verify-ca"
  | "verify-full";

/** Whether and how a connection is encrypted. */
export interface TlsPolicy {
  /** How much encryption to insist on. */
  readonly sslmode: SslMode;
  /** How to check the server, once TLS is agreed on. */
  readonly options: TlsOptions;
}

/** What decides on a {@linkcode TlsPolicy}, as the user gave it. */
export interface TlsKeywords {
  /** libpq's `sslmode`. */
  readonly sslmode: string | undefined;
  /** libpq's `sslrootcert`, or PEM text. */
  readonly sslrootcert: string | undefined;
  /** The server's name, for SNI and certificate; `undefined` where only an address is known. */
  readonly host: string | undefined;
  /** What is dialled: the host, or the address given for it. */
  readonly hostname: string;
}

/**
 * Settles how to encrypt a TCP connection, by libpq's rules: `sslrootcert=system`
 * needs (and without an `sslmode` means) `verify-full`; with any other root
 * certificate the weaker modes check the chain too; `verify-ca` and `verify-full`
 * fall back on `~/.postgresql/root.crt` and fail without it. Unlike in libpq that
 * file is not looked for in weaker modes.
 *
 * @param keywords What the user gave.
 * @param environment Where `HOME` and certificates are read.
 * @throws {TypeError} If the modes contradict each other or no root is to be had.
 */
export async function resolveTlsPolicy(
  keywords: TlsKeywords,
  environment: Environment,
): Promise<TlsPolicy> {
  const system = keywords.sslrootcert === "system";
  const sslmode = readSslMode(keywords.sslmode, system);
  if (sslmode === "disable") {
    const options = { hostname: keywords.hostname, verify: "none" } as const;
    return { sslmode, options };
  }
  if (sslmode === "verify-full" && keywords.host === undefined) {
    throw new TypeError(
      'Cannot verify the server: sslmode "verify-full" needs a host name, and there is only hostaddr',
    );
  }
  const caCertificates = system
    ? undefined
    : await readRoots(keywords.sslrootcert, sslmode, environment);
  const verify = sslmode === "verify-full"
    ? "full"
    : caCertificates === undefined
    ? "none"
    : "ca";
  return {
    sslmode,
    options: {
      hostname: keywords.host ?? keywords.hostname,
      verify,
      ...(caCertificates === undefined ? {} : { caCertificates }),
    },
  };
}

function readSslMode(text: string | undefined, system: boolean): SslMode {
  const sslmode = SSL_MODES.find((mode) =>
    mode === (text ?? (system ? "verify-full" : "prefer"))
  );
  if (sslmode === undefined) {
    throw new TypeError(
      `Cannot use sslmode "${text}": it is none of ${SSL_MODES.join(", ")}`,
    );
  }
  if (system && sslmode !== "verify-full") {
    throw new TypeError(
      `Cannot use sslmode "${sslmode}" with sslrootcert=system: anyone can get a certificate from a public authority, so the name has to be verified; use "verify-full"`,
    );
  }
  return sslmode;
}

async function readRoots(
  sslrootcert: string | undefined,
  sslmode: SslMode,
  environment: Environment,
): Promise<readonly string[] | undefined> {
  if (sslrootcert?.includes("-----BEGIN ")) {
    return splitPem(sslrootcert, "the text of sslrootcert");
  }
  if (sslrootcert !== undefined && sslrootcert !== "") {
    return splitPem(await readFile(sslrootcert, environment), sslrootcert);
  }
  if (sslmode !== "verify-ca" && sslmode !== "verify-full") return undefined;
  const home = environment.get("HOME");
  const path = `${home ?? "~"}/.postgresql/root.crt`;
  try {
    return splitPem(await readFile(path, environment), path);
  } catch (cause) {
    throw new TypeError(
      `Cannot verify the server: sslmode "${sslmode}" needs a root certificate, and ${path} cannot be read; set sslrootcert to a certificate file, to PEM text, or (with verify-full) to "system" for the runtime's own list`,
      { cause },
    );
  }
}

async function readFile(
  path: string,
  environment: Environment,
): Promise<string> {
  if (environment.readTextFile === undefined) {
    throw new TypeError(
      `Cannot read root certificate ${path}: files cannot be read here; give the PEM text itself as sslrootcert`,
    );
  }
  try {
    return await environment.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`Cannot read root certificate ${path}: ${reason}`, {
      cause,
    });
  }
}

function splitPem(text: string, source: string): readonly string[] {
  const certificates = text.match(
    /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g,
  );
  if (certificates === null) {
    throw new TypeError(
      `Cannot use ${source} as root certificate: it holds no certificate in PEM form`,
    );
  }
  return certificates;
}
