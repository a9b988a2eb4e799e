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
  /** Issues a server's certificate. */
  issue(names: readonly SubjectName[]): Promise<Certificate>;
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
export async function makeAuthority(name: string): Promise<Authority> {
  const keys = await generateKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    serialNumber: "01",
    ...validity(),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    certificate: root.toString("pem"),
    issue: async (names) => {
      const own = await generateKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: "CN=Not a name to be looked at",
        issuer: root.subject,
        serialNumber: "02",
        ...validity(),
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [new x509.SubjectAlternativeNameExtension([...names])],
      });
      const key = await crypto.subtle.exportKey("pkcs8", own.privateKey);
      return {
        certificate: certificate.toString("pem"),
        key: x509.PemConverter.encode(key, "PRIVATE KEY"),
      };
    },
  };
}

async function generateKeys(): Promise<CryptoKeyPair> {
  const usages: KeyUsage[] = ["sign", "verify"];
  return await crypto.subtle.generateKey(ALGORITHM, true, usages);
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return {
    notBefore: new Date(now - HOUR_MS),
    notAfter: new Date(now + 24 * HOUR_MS),
  };
}
