import { assertEquals } from "@std/assert";
import {
  AuthenticationError,
  ConnectionError,
  ProtocolError,
  SubscriptionError,
} from "../src/errors.ts";
import { isInUse, isRetryable, isServerError } from "../src/retryable.ts";
import { postgresError } from "./helpers/messages.ts";

// What passes by itself, however often it comes.
const PASSING = [
  ...["08000", "08001", "08003", "08006", "08P01"],
  ...["40001", "40P01"],
  ...["53000", "53100", "53200", "53300", "53400"],
  ...["55006", "57P01", "57P02", "57P03", "57P05"],
];
// What may be worth a few attempts more.
const OTHERS = [
  ...["0A000", "22012", "22021", "22P05", "25P04", "28000", "28P01", "3D000"],
  ...["42501", "42704", "42883", "55000", "57000", "57014", "57P04"],
  ...["58000", "58030", "58P01", "XX000", "XX001", "00000"],
];

for (const code of PASSING) {
  Deno.test(`isRetryable() takes ${code} for what passes by itself`, () => {
    assertEquals(isRetryable(postgresError(code)), true);
    assertEquals(isServerError(postgresError(code)), true);
  });
}

for (const code of OTHERS) {
  Deno.test(`isRetryable() does not take ${code} for what passes by itself`, () => {
    assertEquals(isRetryable(postgresError(code)), false);
    assertEquals(isServerError(postgresError(code)), true);
  });
}

Deno.test("isRetryable() and isServerError() tell the classes of errors apart", () => {
  const errors = {
    connection: new ConnectionError("m"),
    authentication: new AuthenticationError("m"),
    protocol: new ProtocolError("m"),
    subscription: new SubscriptionError("slotMissing", "m"),
    range: new RangeError("m"),
    text: "57P01",
    nothing: undefined,
  };
  const found = Object.fromEntries(
    Object.entries(errors).map(([name, error]) => [
      name,
      [isRetryable(error), isServerError(error)],
    ]),
  );
  assertEquals(found, {
    connection: [true, false],
    authentication: [false, true],
    protocol: [false, false],
    subscription: [false, false],
    range: [false, false],
    text: [false, false],
    nothing: [false, false],
  });
});

Deno.test("isInUse() knows a slot that is active for another connection", () => {
  assertEquals(isInUse(postgresError("55006")), true);
  assertEquals(isInUse(postgresError("55000")), false);
  assertEquals(isInUse(new ConnectionError("55006")), false);
});
