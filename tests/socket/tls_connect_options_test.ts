import { createPrivateKey, X509Certificate } from "node:crypto";
import { AuthenticationError, ConnectionError } from "../../src/errors.ts";
import {
  checkClientCertificate,
  checkHandshake,
  peerCertificateOf,
  tlsConnectOptions,
  trustError,
} from "../../src/socket/tls_connect_options.ts";
import { makeAuthority } from "../login/certificates.ts";
import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";

function check(hostname: string): Error {
  return new Error(hostname);
}

for (
  const [hostname, servername] of [
    ["db.example.com", "db.example.com"],
    ["1.example.com", "1.example.com"],
    ["10.0.0.1", undefined],
    ["::1", undefined],
    ["fe80::1%eth0", undefined],
  ] as const
) {
  Deno.test(`tlsConnectOptions() sends ${servername} as SNI for ${hostname}`, () => {
    const options = { hostname, verify: "full" } as const;
    const made = tlsConnectOptions<null>(options, check);
    assertEquals(made.servername, servername);
    // The name to be found is the one that was dialled, whatever node:tls passes.
    assertEquals(made.checkServerIdentity("x", null)?.message, hostname);
  });
}

Deno.test("tlsConnectOptions() checks as much as it is told", () => {
  const make = (verify: "none" | "ca" | "full") => {
    const options = { hostname: "h", verify, caCertificates: ["PEM"] };
    const made = tlsConnectOptions<null>(options, check);
    assertEquals(made.ca, ["PEM"]);
    assertEquals(made.ALPNProtocols, ["postgresql"]);
    const refusal = made.checkServerIdentity("x", null)?.message;
    return [made.rejectUnauthorized, refusal];
  };
  assertEquals(make("none"), [false, undefined]);
  assertEquals(make("ca"), [true, undefined]);
  assertEquals(make("full"), [true, "h"]);
  assert(
    !("ca" in tlsConnectOptions<null>(
      { hostname: "h", verify: "full" },
      check,
    )),
  );
});

for (
  const code of [
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "CERT_UNTRUSTED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ]
) {
  Deno.test(`trustError() tells ${code} from a broken link`, () => {
    const cause = Object.assign(new Error("why"), { code });
    const error = trustError(cause);
    assert(error instanceof AuthenticationError);
    assertStrictEquals(error.cause, cause);
    assert(error.message.includes("why"));
  });
}

for (const code of ["ECONNRESET", "ERR_SSL_WRONG_VERSION_NUMBER", undefined]) {
  Deno.test(`trustError() leaves ${code} as it is`, () => {
    const cause = Object.assign(new Error("why"), code ? { code } : {});
    assertStrictEquals(trustError(cause), cause);
  });
}

Deno.test("tlsConnectOptions() says only what it is told to", () => {
  const plain = { hostname: "h", verify: "full" } as const;
  const names = (options: object) =>
    Object.keys(tlsConnectOptions<null>({ ...plain, ...options }, check))
      .filter((name) => !(name in tlsConnectOptions<null>(plain, check)));
  assertEquals(names({}), []);
  assertEquals(names({ minVersion: "TLSv1.3" }), ["minVersion"]);
  assertEquals(names({ maxVersion: "TLSv1.2" }), ["maxVersion"]);
  const client = { certificate: "C", key: "K" };
  assertEquals(names({ clientCertificate: client }), ["cert", "key"]);
  const locked = { ...client, passphrase: "P" };
  const made = tlsConnectOptions<null>(
    { ...plain, clientCertificate: locked, sendServerName: false },
    check,
  );
  assertEquals([made.cert, made.key, made.passphrase], ["C", "K", "P"]);
  assert(!("servername" in made));
});

Deno.test("checkHandshake() insists on ALPN only where it is told to", () => {
  const options = { hostname: "h", verify: "none" } as const;
  const secure = (alpnProtocol: string | false | null) => ({
    alpnProtocol,
    getPeerCertificate: () => ({}),
  });
  for (const chosen of [false, null, "http/1.1"] as const) {
    checkHandshake(secure(chosen), options);
    assertThrows(
      () => checkHandshake(secure(chosen), { ...options, requireAlpn: true }),
      ConnectionError,
      'did not agree with ALPN to speak "postgresql"',
    );
  }
  checkHandshake(secure("postgresql"), { ...options, requireAlpn: true });
});

Deno.test("peerCertificateOf() gives a copy, or nothing", () => {
  const raw = Uint8Array.of(1, 2);
  const alpnProtocol = null;
  const shown = { alpnProtocol, getPeerCertificate: () => ({ raw }) };
  const copy = peerCertificateOf(shown);
  assertEquals(copy, raw);
  assert(copy !== raw);
  const hidden = { alpnProtocol, getPeerCertificate: () => ({}) };
  assertEquals(peerCertificateOf(hidden), undefined);
});

Deno.test("checkClientCertificate() takes what goes together", async () => {
  const tools = { createPrivateKey, X509Certificate };
  const authority = await makeAuthority("Walbrook's tests");
  const [one, other] = [await authority.issue([]), await authority.issue([])];
  checkClientCertificate(one, tools);
  const { certificate } = one;
  assertThrows(
    () => checkClientCertificate({ certificate, key: other.key }, tools),
    TypeError,
    "belongs to another one",
  );
  assertThrows(
    () => checkClientCertificate({ certificate, key: "no key" }, tools),
    TypeError,
    "Cannot read the key",
  );
  assertThrows(
    () => checkClientCertificate({ certificate: "none", key: one.key }, tools),
    TypeError,
    "Cannot read the client's certificate",
  );
});
