import { assertEquals, assertThrows } from "@std/assert";
import { type SubscriptionWarning, warnOnce } from "../src/warning.ts";

const CODE = "pluginFailsOnRollback";

Deno.test("warnOnce() passes each cause on once", () => {
  const told: SubscriptionWarning[] = [];
  const warn = warnOnce((warning) => told.push(warning));
  for (const subject of ["a", "b", "a", "b"]) {
    warn({ code: CODE, subject, message: `About ${subject}`, hint: "Mend it" });
  }
  assertEquals(told, [
    { code: CODE, message: "About a", hint: "Mend it" },
    { code: CODE, message: "About b", hint: "Mend it" },
  ]);
});

Deno.test("warnOnce() keeps the causes of each subscription apart", () => {
  const told: string[] = [];
  for (const name of ["first", "second"]) {
    const warn = warnOnce(() => told.push(name));
    for (let i = 0; i < 2; i++) {
      warn({ code: CODE, subject: "a", message: "", hint: "" });
    }
  }
  assertEquals(told, ["first", "second"]);
});

Deno.test("warnOnce() passes on what the listener throws", () => {
  const warn = warnOnce(() => {
    throw new Error("Not accepted");
  });
  assertThrows(
    () => warn({ code: CODE, subject: "a", message: "", hint: "" }),
    Error,
    "Not accepted",
  );
});
