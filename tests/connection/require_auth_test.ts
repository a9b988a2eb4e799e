import { parseRequireAuth } from "../../src/connection/require_auth.ts";
import { assertEquals, assertThrows } from "@std/assert";

const READ: readonly (readonly [string, readonly string[]])[] = [
  ["", ["none", "password", "md5", "scram-sha-256"]],
  ["none", ["none"]],
  ["scram-sha-256", ["scram-sha-256"]],
  ["md5, password", ["password", "md5"]],
  ["gss,scram-sha-256", ["scram-sha-256"]],
  ["!password", ["none", "md5", "scram-sha-256"]],
  ["!password,!md5,!none", ["scram-sha-256"]],
];

for (const [text, methods] of READ) {
  Deno.test(`parseRequireAuth() reads "${text}"`, () => {
    assertEquals([...parseRequireAuth(text)], methods);
  });
}

for (const text of ["ldap", "!ldap", "md5,!password", "md5,", "!", "MD5"]) {
  Deno.test(`parseRequireAuth() refuses "${text}"`, () => {
    assertThrows(() => parseRequireAuth(text), TypeError, "require_auth");
  });
}
