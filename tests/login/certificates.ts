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
  /** Issues another authority's certificate. */
  issueAuthority(name: string): Promise<Authority>;
}

/** What {@linkcode Authority.issue} takes besides names. */
export interface IssueOptions {
  /** The subject's common name, which PostgreSQL takes for a role's. */
  readonly commonName?: string;
  /**
   * When it is valid.
   *
   * @default {"now"} from an hour ago for a day
   */
  readonly valid?: Validity;
  /**
   * The key.
   *
   * @default {ECDSA with P-256 and SHA-256}
   */
  readonly algorithm?: SigningAlgorithm;
}

/** When a certificate is valid. */
export type Validity = "now" | "no more" | "not yet";

/** What {@linkcode makeSelfSigned} takes besides names. */
export interface SelfSignedOptions {
  /** Whether it calls itself an authority, as `openssl req -x509` has it. */
  readonly isAuthority: boolean;
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
    extensions: authorityExtensions(),
  });
  return authorityOf(root, keys, signingAlgorithm);
}

/**
 * Makes a server's certificate that is its own authority.
 *
 * @param names What it is for.
 * @param options Its form.
 */
export async function makeSelfSigned(
  names: readonly SubjectName[],
  { isAuthority }: SelfSignedOptions,
): Promise<Certificate> {
  const keys = await generateKeys(ALGORITHM);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Self-signed",
    serialNumber: "03",
    ...validity(),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      ...isAuthority ? [new x509.BasicConstraintsExtension(true)] : [],
      new x509.SubjectAlternativeNameExtension([...names]),
    ],
  });
  return await toPem(certificate, keys);
}

function authorityOf(
  own: x509.X509Certificate,
  keys: CryptoKeyPair,
  signingAlgorithm: typeof ALGORITHM,
): Authority {
  const signer = {
    issuer: own.subject,
    signingKey: keys.privateKey,
    signingAlgorithm,
  };
  return {
    certificate: own.toString("pem"),
    issue: async (names, { commonName, valid, algorithm = ALGORITHM } = {}) => {
      const keys = await generateKeys(algorithm as typeof ALGORITHM);
      const certificate = await x509.X509CertificateGenerator.create({
        ...signer,
        subject: `CN=${commonName ?? "Not a name to be looked at"}`,
        serialNumber: "02",
        ...validity(valid),
        publicKey: keys.publicKey,
        extensions: names.length === 0
          ? []
          : [new x509.SubjectAlternativeNameExtension([...names])],
      });
      return await toPem(certificate, keys);
    },
    issueAuthority: async (name) => {
      const keys = await generateKeys(ALGORITHM);
      const certificate = await x509.X509CertificateGenerator.create({
        ...signer,
        subject: `CN=${name}`,
        serialNumber: "04",
        ...validity(),
        publicKey: keys.publicKey,
        extensions: authorityExtensions(),
      });
      return authorityOf(certificate, keys, ALGORITHM);
    },
  };
}

function authorityExtensions(): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
  ];
}

async function toPem(
  certificate: x509.X509Certificate,
  keys: CryptoKeyPair,
): Promise<Certificate> {
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: certificate.toString("pem"),
    key: x509.PemConverter.encode(key, "PRIVATE KEY"),
  };
}

async function generateKeys(
  algorithm: typeof ALGORITHM,
): Promise<CryptoKeyPair> {
  const usages: KeyUsage[] = ["sign", "verify"];
  return await crypto.subtle.generateKey(algorithm, true, usages);
}

function validity(
  valid: Validity = "now",
): { notBefore: Date; notAfter: Date } {
  const shift = { "now": 0, "no more": -48, "not yet": 48 }[valid] * HOUR_MS;
  const now = Date.now() + shift;
  return {
    notBefore: new Date(now - HOUR_MS),
    notAfter: new Date(now + 24 * HOUR_MS),
  };
}
