import { base64 } from "../encode/base64.ts";

/** Signs messages, so that the receiver can verify the sender. */
export interface Signer {
  /**
   * Returns the header `webhook-signature`.
   *
   * @param id The header `webhook-id`.
   * @param timestamp The header `webhook-timestamp`: seconds since 1970-01-01 UTC.
   * @param body The body.
   */
  sign(id: string, timestamp: number, body: Uint8Array): Promise<string>;
}

const PREFIX = "whsec_";
const UTF8 = new TextEncoder();

/**
 * Creates a signer with one secret, or with several during a rotation: a receiver accepts a
 * message signed with any of its secrets.
 *
 * Source: "Standard Webhooks", Signature scheme.
 *
 * @param secrets Each `whsec_` followed by base64.
 * @throws {SyntaxError} If one has another format.
 * @throws {TypeError} If there is none.
 */
export function makeSigner(secrets: readonly string[]): Signer {
  if (!Array.isArray(secrets) || secrets.length === 0) {
    throw new TypeError(
      `Cannot send webhooks without a secret: pass "${PREFIX}" and base64 of 24 to 64 random bytes as the option secret, and give it to the receiver`,
    );
  }
  const bytes = secrets.map(readSecret);
  let keys: Promise<readonly CryptoKey[]> | undefined;
  return {
    async sign(id, timestamp, body) {
      keys ??= Promise.all(bytes.map(importKey));
      const head = UTF8.encode(`${id}.${timestamp}.`);
      const content = new Uint8Array(head.length + body.length);
      content.set(head);
      content.set(body, head.length);
      const signatures = (await keys).map(async (key) => {
        const mac = await crypto.subtle.sign("HMAC", key, content);
        return `v1,${base64(new Uint8Array(mac))}`;
      });
      return (await Promise.all(signatures)).join(" ");
    },
  };
}

function readSecret(secret: string): Uint8Array<ArrayBuffer> {
  try {
    const text = atob(
      secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret,
    );
    if (text !== "") return Uint8Array.from(text, (byte) => byte.charCodeAt(0));
  } catch {
    // The text is not shown: it is a secret, even if it is a wrong one.
  }
  throw new SyntaxError(
    `Cannot read the secret of a webhook: expected "${PREFIX}" and base64`,
  );
}

function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
}
