import { AuthenticationError } from "../../src/errors.ts";
import {
  tlsConnectOptions,
  trustError,
} from "../../src/socket/tls_connect_options.ts";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";

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
    return [made.rejectUnauthorized, made.checkServerIdentity("h", null)];
  };
  assertEquals(make("none"), [false, undefined]);
  assertEquals(make("ca"), [true, undefined]);
  assertEquals(make("full"), [true, new Error("h")]);
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
