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
  [{ untl: "now" }, 'no option "untl"; did you mean "until"?'],
  [{ onEvent: () => {} }, 'no option "onEvent"'],
  [{ until: "later" }, 'until is "later", not a position (a bigint), "now"'],
  [{ until: 17 }, "until is 17, not a position"],
  [{ acknowledge: true }, 'acknowledge is true, not "consumed" or "manual"'],
  [{ checkpoint: "x.json" }, 'checkpoint is "x.json", not a store'],
  [{ checkpoint: { load() {} } }, "checkpoint is of type object, not a store"],
  [{ startLsn: "0/1" }, "parseLsn() reads one"],
  [{ snapshot: true }, 'snapshot is true, not "initial", "always"'],
  [{ gaps: "ignore" }, 'gaps is "ignore", not "error" or "event"'],
  [{ origin: "local" }, 'origin is "local"'],
  [{ binary: "yes" }, 'binary is "yes", not a boolean'],
  [{ protocolVersion: 5 }, "protocolVersion is 5, not 1, 2, 3 or 4"],
  [{ onStatus: {} }, "onStatus is of type object, not a function"],
  [{ signal: {} }, "signal is of type object, not an AbortSignal"],
  [{ retry: true }, "retry is true, not an object or false"],
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
  const { signal } = new AbortController();
  const options: object = {
    until: 17n,
    signal,
    snapshot: undefined,
    retry: null,
  };
  refuseWrongOptions(options);
});

Deno.test("subscribe() checks options that JavaScript passes, before it connects", async () => {
  const untyped = subscribe as (options: object) => Promise<unknown>;
  const connection = "postgres://127.0.0.1:1/x";
  await assertRejects(
    () => untyped({ connection, slot: "s", publication: "p", untl: "now" }),
    TypeError,
    'no option "untl"',
  );
});

Deno.test("subscribe() says what it needs where it gets nothing", async () => {
  const untyped = subscribe as () => Promise<unknown>;
  await assertRejects(untyped, TypeError, "pass an object with connection");
});
