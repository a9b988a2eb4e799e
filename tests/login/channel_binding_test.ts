import { createHash } from "node:crypto";
import {
  digestOf,
  tlsServerEndPoint,
} from "../../src/login/channel_binding.ts";
import type { ChannelBinding } from "../../src/connection/connection_options.ts";
import { chooseMechanism } from "../../src/login/sasl_mechanism.ts";
import { AuthenticationError } from "../../src/errors.ts";
import { makeAuthority, type SigningAlgorithm } from "./certificates.ts";
import { assertEquals, assertRejects } from "@std/assert";

const RSA = {
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};

// RFC 5929, section 4.1: the signature's digest, but SHA-256 for a weaker one.
const ALGORITHMS: readonly (readonly [SigningAlgorithm, string | null])[] = [
  [{ name: "ECDSA", namedCurve: "P-256", hash: "SHA-1" }, "SHA-256"],
  [{ name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }, "SHA-256"],
  [{ name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" }, "SHA-384"],
  [{ name: "ECDSA", namedCurve: "P-256", hash: "SHA-512" }, "SHA-512"],
  [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-1", ...RSA }, "SHA-256"],
  [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", ...RSA }, "SHA-256"],
  [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-384", ...RSA }, "SHA-384"],
  [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-512", ...RSA }, "SHA-512"],
  [{ name: "RSA-PSS", hash: "SHA-1", saltLength: 20, ...RSA }, "SHA-256"],
  [{ name: "RSA-PSS", hash: "SHA-256", saltLength: 32, ...RSA }, "SHA-256"],
  [{ name: "RSA-PSS", hash: "SHA-384", saltLength: 48, ...RSA }, "SHA-384"],
  [{ name: "RSA-PSS", hash: "SHA-512", saltLength: 64, ...RSA }, "SHA-512"],
  // No digest is defined for it.
  [{ name: "Ed25519" }, null],
];

async function certificateWith(
  algorithm: SigningAlgorithm,
): Promise<Uint8Array> {
  const { certificate } = await makeAuthority("Signer", { algorithm });
  const base64 = certificate.replaceAll(/-----[^-]*-----|\s/g, "");
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

for (const [algorithm, digest] of ALGORITHMS) {
  const { name, hash } = algorithm;
  Deno.test(`tlsServerEndPoint() takes the digest of ${name} with ${hash}`, async () => {
    const certificate = await certificateWith(algorithm);
    assertEquals(digestOf(certificate), digest);
    const binding = await tlsServerEndPoint(certificate);
    const expected = digest === null ? null : createHash(
      digest.replace("-", "").toLowerCase(),
    ).update(certificate).digest();
    assertEquals(binding && [...binding], expected && [...expected]);
  });
}

Deno.test("digestOf() finds nothing in what is no certificate, wherever it breaks off", async () => {
  const certificate = await certificateWith({
    name: "ECDSA",
    namedCurve: "P-256",
    hash: "SHA-256",
  });
  for (let length = 0; length < certificate.length; length++) {
    assertEquals(digestOf(certificate.subarray(0, length)), null);
  }
  for (const bytes of [[0x30, 0x80, 0, 0], [0x30, 0x88, 1], [0x30, 0x84]]) {
    assertEquals(digestOf(Uint8Array.from(bytes)), null);
  }
});

const PLAIN = "SCRAM-SHA-256";
const PLUS = "SCRAM-SHA-256-PLUS";
const P = "p=tls-server-end-point,,";
const HIDDEN = "does not show the server's certificate";
const UNDEFINED = "no binding is defined";

interface Choice {
  readonly offered: readonly string[];
  readonly link: "plain" | "tls" | "hidden" | "ed25519";
  /** For disable, prefer and require: the header, or what the error says. */
  readonly outcomes: readonly [string, string, string];
}

const CHOICES: readonly Choice[] = [
  {
    offered: [PLUS, PLAIN],
    link: "tls",
    outcomes: ["n,,", P, P],
  },
  {
    offered: [PLAIN],
    link: "tls",
    outcomes: ["n,,", "y,,", "the server does not offer it"],
  },
  {
    offered: [PLUS],
    link: "tls",
    outcomes: [`only ${PLUS}, and channel_binding is disabled`, P, P],
  },
  {
    offered: [PLUS, PLAIN],
    link: "hidden",
    outcomes: ["n,,", "n,,", HIDDEN],
  },
  {
    offered: [PLUS],
    link: "hidden",
    outcomes: ["channel_binding is disabled", HIDDEN, HIDDEN],
  },
  {
    offered: [PLUS, PLAIN],
    link: "ed25519",
    outcomes: ["n,,", "n,,", UNDEFINED],
  },
  {
    offered: [PLAIN],
    link: "plain",
    outcomes: ["n,,", "n,,", "the connection is not encrypted"],
  },
  {
    offered: [PLUS, PLAIN],
    link: "plain",
    outcomes: [
      "over an unencrypted connection",
      "over an unencrypted connection",
      "over an unencrypted connection",
    ],
  },
];

const BINDINGS: readonly ChannelBinding[] = ["disable", "prefer", "require"];

for (const { offered, link, outcomes } of CHOICES) {
  for (const [i, channelBinding] of BINDINGS.entries()) {
    const outcome = outcomes[i] ?? "";
    Deno.test(`chooseMechanism() with ${channelBinding} of ${offered} over ${link}: ${outcome}`, async () => {
      const name = link === "ed25519" ? "Ed25519" : "ECDSA";
      const serverCertificate = link === "tls" || link === "ed25519"
        ? await certificateWith({ name, namedCurve: "P-256", hash: "SHA-256" })
        : undefined;
      const circumstances = {
        channelBinding,
        encrypted: link !== "plain",
        serverCertificate,
      };
      const attempt = () => chooseMechanism(offered, circumstances);
      if (!/^[nyp].*,,$/.test(outcome)) {
        await assertRejects(attempt, AuthenticationError, outcome);
        return;
      }
      const { name: chosen, binding } = await attempt();
      assertEquals(chosen, outcome === P ? PLUS : PLAIN);
      assertEquals(binding.header, outcome);
      assertEquals(binding.data.length, outcome === P ? 32 : 0);
    });
  }
}
