import { assert, assertEquals } from "@std/assert";
import {
  AuthenticationError,
  ConnectionError,
  PostgresError,
  ProtocolError,
  SQLSTATE,
  SubscriptionError,
} from "@walbrook/walbrook";

const cause = new Error("The cause");

const ERRORS: readonly [error: Error, name: string, message: string][] = [
  [
    new PostgresError(
      { severity: "ERROR", code: "42704", message: 'no "x"' },
      { cause },
    ),
    "PostgresError",
    'ERROR: no "x" (SQLSTATE 42704)',
  ],
  [new ProtocolError("m", { cause }), "ProtocolError", "m"],
  [new ConnectionError("m", { cause }), "ConnectionError", "m"],
  [new AuthenticationError("m", { cause }), "AuthenticationError", "m"],
  [
    new SubscriptionError("walLevel", "m", { cause }),
    "SubscriptionError",
    "m",
  ],
];

for (const [error, name, message] of ERRORS) {
  Deno.test(`${name} is an Error with name, message and cause`, () => {
    assert(error instanceof Error);
    assertEquals(error.name, name);
    assertEquals(error.message, message);
    assert(error.cause === cause);
    assertEquals(String(error), `${name}: ${message}`);
    assertEquals(Object.getPrototypeOf(error).constructor.name, name);
  });
}

Deno.test("PostgresError has the fields that callers decide on", () => {
  const fields = {
    severity: "FATAL",
    code: SQLSTATE.ADMIN_SHUTDOWN,
    message: "terminating",
    detail: "d",
    hint: "h",
    where: "w",
  };
  const error = new PostgresError(fields);
  assertEquals(error.code, "57P01");
  assertEquals(error.severity, "FATAL");
  assertEquals(error.detail, "d");
  assertEquals(error.hint, "h");
  assertEquals(error.fields, fields);
  assertEquals(error.cause, undefined);
});

Deno.test("SubscriptionError has a reason to decide on", () => {
  assertEquals(
    new SubscriptionError("slotMissing", "m").reason,
    "slotMissing",
  );
});

Deno.test("SQLSTATE holds five characters for each name, and can't be changed", () => {
  for (const code of Object.values(SQLSTATE)) {
    assert(/^[0-9A-Z]{5}$/.test(code), code);
  }
  assertEquals(
    new Set(Object.values(SQLSTATE)).size,
    Object.keys(SQLSTATE).length,
  );
  assertEquals(Reflect.set(SQLSTATE, "ADMIN_SHUTDOWN", "00000"), false);
});
