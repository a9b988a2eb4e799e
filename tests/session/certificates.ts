import * as x509 from "@peculiar/x509";

/** A certificate and its key, in PEM. */
export interface Certificate {
  /** The certificate. */
  readonly certificate: string;
  /** The private key, unencrypted. */
  readonly key: string;
}

/** An authority that this test trusts or does not trust. */
export interface Authority {
  /** Its own certificate, in PEM. */
  readonly certificate: string;
  /** Issues a server's certificate, or with a `commonName` and no names a client's. */
  issue(
    names: readonly SubjectName[],
    options?: IssueOptions,
  ): Promise<Certificate>;
}

/** What {@linkcode Authority.issue} takes besides names. */
export interface IssueOptions {
  /** The subject's common name, which PostgreSQL takes for a role's. */
  readonly commonName?: string;
}

/** What {@linkcode makeAuthority} takes besides its name. */
export interface AuthorityOptions {
  /**
   * How it signs, as Web Crypto has it.
   *
   * @default {ECDSA with P-256 and SHA-256}
   */
  readonly algorithm?: SigningAlgorithm;
}

/** A signature algorithm of Web Crypto, with what its key needs. */
export interface SigningAlgorithm {
  readonly name: string;
  readonly hash?: string;
  readonly namedCurve?: string;
  readonly modulusLength?: number;
  readonly publicExponent?: Uint8Array<ArrayBuffer>;
  readonly saltLength?: number;
}

/** What a certificate is for: a host name or an IP address. */
export type SubjectName = {
  readonly type: "dns" | "ip";
  readonly value: string;
};

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const HOUR_MS = 3_600_000;

/**
 * Makes a certificate authority that nobody else has heard of.
 *
 * @param name Its name.
 */
export async function makeAuthority(
  name: string,
  { algorithm = ALGORITHM }: AuthorityOptions = {},
): Promise<Authority> {
  const signingAlgorithm = algorithm as typeof ALGORITHM;
  const keys = await generateKeys(signingAlgorithm);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    serialNumber: "01",
    ...validity(),
    keys,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    certificate: root.toString("pem"),
    issue: async (names, { commonName } = {}) => {
      const own = await generateKeys(ALGORITHM);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${commonName ?? "Not a name to be looked at"}`,
        issuer: root.subject,
        serialNumber: "02",
        ...validity(),
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm,
        extensions: names.length === 0
          ? []
          : [new x509.SubjectAlternativeNameExtension([...names])],
      });
      const key = await crypto.subtle.exportKey("pkcs8", own.privateKey);
      return {
        certificate: certificate.toString("pem"),
        key: x509.PemConverter.encode(key, "PRIVATE KEY"),
      };
    },
  };
}

async function generateKeys(
  algorithm: typeof ALGORITHM,
): Promise<CryptoKeyPair> {
  const usages: KeyUsage[] = ["sign", "verify"];
  return await crypto.subtle.generateKey(algorithm, true, usages);
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return {
    notBefore: new Date(now - HOUR_MS),
    notAfter: new Date(now + 24 * HOUR_MS),
  };
}
