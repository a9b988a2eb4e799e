/** A DER value: its type and its content. */
interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
}

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const RSASSA_PSS = "2a864886f70d01010a";

// Signature algorithms, by the bytes of their object identifiers, and the digest that RFC
// 5929 requires for the binding: that of the signature, but SHA-256 for MD5 and SHA-1.
const DIGESTS: Readonly<Record<string, string>> = {
  "2a864886f70d010104": "SHA-256", // md5WithRSAEncryption
  "2a864886f70d010105": "SHA-256", // sha1WithRSAEncryption
  "2a864886f70d01010b": "SHA-256", // sha256WithRSAEncryption
  "2a864886f70d01010c": "SHA-384", // sha384WithRSAEncryption
  "2a864886f70d01010d": "SHA-512", // sha512WithRSAEncryption
  "2a8648ce3d0401": "SHA-256", // ecdsa-with-SHA1
  "2a8648ce3d040302": "SHA-256", // ecdsa-with-SHA256
  "2a8648ce3d040303": "SHA-384", // ecdsa-with-SHA384
  "2a8648ce3d040304": "SHA-512", // ecdsa-with-SHA512
  // RSASSA-PSS specifies its digest in its parameters.
  "2b0e03021a": "SHA-256", // SHA-1
  "608648016503040201": "SHA-256",
  "608648016503040202": "SHA-384",
  "608648016503040203": "SHA-512",
};

/**
 * Computes the `tls-server-end-point` binding: a digest of the server's certificate, which a
 * man in the middle can't present without its key.
 *
 * Source: RFC 5929, section 4.1; `pgtls_get_peer_certificate_hash` in
 * fe-secure-openssl.c.
 *
 * @param certificate The server's certificate, in DER.
 * @returns The digest; `null` if none is defined, as for Ed25519.
 */
export async function tlsServerEndPoint(
  certificate: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const digest = digestOf(certificate);
  if (digest === null) return null;
  const bytes = Uint8Array.from(certificate);
  return new Uint8Array(await crypto.subtle.digest(digest, bytes));
}

/**
 * Returns the digest algorithm for a certificate's signature.
 *
 * @param certificate The certificate, in DER.
 * @returns A name of Web Crypto; `null` if there is none, or the bytes are not a certificate.
 */
export function digestOf(certificate: Uint8Array): string | null {
  // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }
  const outer = readValues(certificate)[0];
  const algorithm = outer && readValues(outer.content)[1];
  if (algorithm?.tag !== SEQUENCE) return null;
  const [identifier, parameters] = readValues(algorithm.content);
  const name = identifierOf(identifier);
  if (name !== RSASSA_PSS) return DIGESTS[name] ?? null;
  // RSASSA-PSS-params ::= SEQUENCE { [0] hashAlgorithm DEFAULT sha1, … }
  const first = parameters && readValues(parameters.content)[0];
  if (first?.tag !== 0xa0) return "SHA-256";
  const hash = readValues(first.content)[0];
  return DIGESTS[identifierOf(hash && readValues(hash.content)[0])] ?? null;
}

function identifierOf(value: DerValue | undefined): string {
  if (value?.tag !== OBJECT_IDENTIFIER) return "";
  return Array.from(
    value.content,
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}

// The consecutive values, as far as the bytes are valid.
function readValues(bytes: Uint8Array): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const tag = bytes[at] ?? 0;
    const short = bytes[at + 1] ?? 0;
    // The long form: how many bytes the length takes, then the length.
    const extra = short < 0x80 ? 0 : short - 0x80;
    if (short === 0x80 || extra > 4) break;
    const start = at + 2 + extra;
    const length = extra === 0
      ? short
      : bytes.subarray(at + 2, start).reduce((sum, b) => sum * 256 + b, 0);
    const end = start + length;
    if (end > bytes.length) break;
    values.push({ tag, content: bytes.subarray(start, end) });
    at = end;
  }
  return values;
}
