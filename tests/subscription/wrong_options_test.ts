import { subscribe } from "../../mod.ts";
import { assertRejects, assertThrows } from "@std/assert";
import { refuseWrongOptions } from "../../src/subscription/wrong_options.ts";

const REFUSED: readonly (readonly [object, string])[] = [
  [{ connection: undefined }, "the option connection is undefined"],
  [{ connection: null }, "the option connection is null"],
  [{ connection: "" }, "the option connection is empty"],
  [{ onGap: "event" }, 'write gaps: "event"'],
  [{ onGap: () => {} }, 'add gaps: "event"'],
  [{ onGap: () => {}, gaps: "error" }, 'add gaps: "event"'],
  [{ retry: { firstDelayMs: 1 } }, "write retry.initialDelayMs"],
  [{ retry: { limit: 1 } }, "write retry.maxAttempts"],
];

for (const [options, message] of REFUSED) {
  Deno.test(`subscribe() says what to write in place of ${Deno.inspect(options)}`, () => {
    assertThrows(() => refuseWrongOptions(options), TypeError, message);
  });
}

Deno.test("subscribe() takes the new names", () => {
  refuseWrongOptions({ gaps: "event", onGap: () => {} });
  refuseWrongOptions({ retry: { initialDelayMs: 1, maxAttempts: 2 } });
  refuseWrongOptions({ retry: false });
});

Deno.test("subscribe() says what it needs where it gets nothing", async () => {
  const untyped = subscribe as () => Promise<unknown>;
  await assertRejects(untyped, TypeError, "pass an object with connection");
});
