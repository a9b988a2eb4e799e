import type { ConnectionKeywords } from "./connection_string.ts";
import type { ConnectionTarget } from "./connection_targets.ts";
import { readWord, suggestion } from "./keyword_values.ts";
import type { SslMode } from "./ssl_mode.ts";
import { isPem, type TlsTexts, withoutSystem } from "./tls_texts.ts";
import type {
  ClientCertificate,
  Environment,
  TlsOptions,
  TlsVersion,
} from "../socket/socket.ts";

const SSL_MODES = [
  "prefer",
  "disable",
  "allow",
  "require",
  "verify-ca",
  "verify-full",
] as const;

/** Whether and how connections are encrypted. */
export interface TlsPolicy {
  /** The required level of encryption. */
  readonly sslmode: SslMode;
  /** Whether TLS starts at once, without a request to the server first. */
  readonly direct: boolean;
  /** How to verify the server once TLS starts; the name is that of each server. */
  readonly options: Omit<TlsOptions, "hostname">;
}

/**
 * Resolves how to encrypt TCP connections, by libpq's rules: `sslrootcert=system` requires
 * (and without an `sslmode` implies) `verify-full`; with any other root certificate,
 * including `~/.postgresql/root.crt`, the weaker modes verify the chain too; `verify-ca` and
 * `verify-full` fail without one. If a named file can't be read, that is an error, whereas
 * libpq continues without it.
 *
 * @param keywords The caller's keywords.
 * @param targets The servers.
 * @param environment The source of `HOME`, certificates and keys.
 * @throws {TypeError} If modes contradict each other, or a root certificate is missing.
 */
export async function resolveTlsPolicy(
  keywords: ConnectionKeywords,
  targets: readonly ConnectionTarget[],
  environment: Environment,
): Promise<TlsPolicy> {
  const system = keywords.get("sslrootcert") === "system";
  const sslmode = readSslMode(keywords.get("sslmode"), system);
  const direct = readNegotiation(keywords.get("sslnegotiation"), sslmode);
  const sslcertmode = readCertMode(keywords.get("sslcertmode"));
  const versions = readVersions(keywords);
  const sendServerName = readSwitch("sslsni", keywords.get("sslsni"));
  if (sslmode === "disable") {
    return { sslmode, direct, options: { verify: "none" } };
  }
  if (
    sslmode === "verify-full" &&
    targets.some(({ host }) => host === undefined)
  ) {
    throw new TypeError(
      'Cannot verify the server: sslmode "verify-full" needs a host name, and there is only hostaddr',
    );
  }
  const given = new Map(keywords);
  if (sslcertmode === "disable") given.delete("sslcert");
  const texts = await readTexts(given, {
    sslmode,
    findCertificate: sslcertmode !== "disable",
  }, environment);
  const caCertificates = texts.root === undefined
    ? undefined
    : splitPem(texts.root);
  const clientCertificate = readClientCertificate(
    texts,
    keywords.get("sslpassword"),
  );
  return {
    sslmode,
    direct,
    options: {
      verify: sslmode === "verify-full"
        ? "full"
        : caCertificates === undefined
        ? "none"
        : "ca",
      ...(caCertificates === undefined ? {} : { caCertificates }),
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
      ...(sendServerName ? {} : { sendServerName }),
      ...versions,
      ...(direct ? { requireAlpn: true } : {}),
    },
  };
}

function readSslMode(text: string | undefined, system: boolean): SslMode {
  const sslmode = text === undefined && system
    ? "verify-full"
    : readMode(text ?? "prefer");
  if (system && sslmode !== "verify-full") {
    throw new TypeError(
      `Cannot use sslmode "${sslmode}" with sslrootcert=system: anyone can get a certificate from a public authority, so the name has to be verified; use "verify-full"`,
    );
  }
  return sslmode;
}

// Unlike for other keywords, an empty value is invalid, as in libpq.
function readMode(text: string): SslMode {
  const sslmode = SSL_MODES.find((mode) => mode === text);
  if (sslmode !== undefined) return sslmode;
  if (text === "no-verify") {
    throw new TypeError(
      'Cannot use sslmode "no-verify", which only node-postgres has: write "require", which encrypts and does not verify the server either',
    );
  }
  throw new TypeError(
    `Cannot use the value of sslmode: it is none of disable, allow, prefer, require, verify-ca, verify-full${
      suggestion(text, SSL_MODES)
    }`,
  );
}

function readNegotiation(text: string | undefined, sslmode: SslMode): boolean {
  const word = readWord("sslnegotiation", text, ["postgres", "direct"]);
  const isWeak = ["disable", "allow", "prefer"].includes(sslmode);
  if (word === "direct" && isWeak) {
    throw new TypeError(
      `Cannot use sslmode "${sslmode}" with sslnegotiation=direct: it may end without encryption; use "require", "verify-ca" or "verify-full"`,
    );
  }
  return word === "direct";
}

function readCertMode(text: string | undefined): "allow" | "disable" {
  const words = ["allow", "disable", "require"] as const;
  const word = readWord("sslcertmode", text, [...words]);
  if (word !== "require") return word;
  throw new TypeError(
    'Cannot use sslcertmode "require": no runtime tells whether the server has asked for a certificate; clientcert=verify-full in pg_hba.conf makes the server insist on it',
  );
}

function readSwitch(name: string, text: string | undefined): boolean {
  return readWord(name, text, ["1", "0"]) === "1";
}

function readVersions(
  keywords: ConnectionKeywords,
): Pick<TlsOptions, "minVersion" | "maxVersion"> {
  const min = readVersion("ssl_min_protocol_version", keywords) ?? "TLSv1.2";
  const max = readVersion("ssl_max_protocol_version", keywords) ?? "TLSv1.3";
  if (min > max || max < "TLSv1.2") {
    throw new TypeError(
      `Cannot use TLS from version ${min} to ${max}: there is none that is spoken here`,
    );
  }
  return {
    // No runtime allows versions below 1.2 by default.
    ...(min === "TLSv1.3" ? { minVersion: min } : {}),
    ...(max === "TLSv1.2" ? { maxVersion: max } : {}),
  };
}

function readVersion(
  name: string,
  keywords: ConnectionKeywords,
): TlsVersion | "TLSv1" | "TLSv1.1" | undefined {
  const text = keywords.get(name);
  if (!text) return undefined;
  const versions = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
  const version = versions.find((one) =>
    one.toLowerCase() === text.toLowerCase()
  );
  return version ?? readWord(name, text, [...versions]);
}

interface TextsWanted {
  readonly sslmode: SslMode;
  readonly findCertificate: boolean;
}

async function readTexts(
  keywords: ConnectionKeywords,
  wanted: TextsWanted,
  environment: Environment,
): Promise<TlsTexts> {
  const root = keywords.get("sslrootcert") || undefined;
  const certificate = keywords.get("sslcert") || undefined;
  const key = keywords.get("sslkey") || undefined;
  const given = { root, certificate, key };
  if (environment.readTextFile !== undefined) {
    const { readTlsFiles } = await import("./tls_files.ts");
    return await readTlsFiles(given, wanted, environment);
  }
  const path = [root, certificate, key].find((text) =>
    text !== undefined && text !== "system" && !isPem(text)
  );
  if (path !== undefined) {
    throw new TypeError(
      "Cannot read the files that sslrootcert, sslcert and sslkey name: files cannot be read here; give the PEM text itself",
    );
  }
  return withoutSystem(given, wanted.sslmode);
}

function splitPem(text: string): readonly string[] {
  const certificates = text.match(
    /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g,
  );
  if (certificates !== null) return certificates;
  throw new TypeError(
    "Cannot use what sslrootcert names as root certificate: it holds no certificate in PEM form",
  );
}

function readClientCertificate(
  { certificate, key }: TlsTexts,
  passphrase: string | undefined,
): ClientCertificate | undefined {
  if (certificate === undefined) return undefined;
  if (key === undefined) {
    throw new TypeError(
      "Cannot show the client's certificate (sslcert): there is no key for it; set sslkey to a key file or to PEM text",
    );
  }
  return {
    certificate,
    key,
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}
