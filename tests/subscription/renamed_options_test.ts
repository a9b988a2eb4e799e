import { assertThrows } from "@std/assert";
import { refuseRenamedOptions } from "../../src/subscription/renamed_options.ts";

const REFUSED: readonly (readonly [object, string])[] = [
  [{ onGap: "event" }, 'write gaps: "event"'],
  [{ onGap: () => {} }, 'add gaps: "event"'],
  [{ onGap: () => {}, gaps: "error" }, 'add gaps: "event"'],
  [{ retry: { firstDelayMs: 1 } }, "write retry.initialDelayMs"],
  [{ retry: { limit: 1 } }, "write retry.maxAttempts"],
];

for (const [options, message] of REFUSED) {
  Deno.test(`subscribe() says what to write in place of ${Deno.inspect(options)}`, () => {
    assertThrows(() => refuseRenamedOptions(options), TypeError, message);
  });
}

Deno.test("subscribe() takes the new names", () => {
  refuseRenamedOptions({ gaps: "event", onGap: () => {} });
  refuseRenamedOptions({ retry: { initialDelayMs: 1, maxAttempts: 2 } });
  refuseRenamedOptions({ retry: false });
});
