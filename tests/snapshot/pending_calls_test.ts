import { assertEquals } from "@std/assert";
import { PendingCalls } from "../../src/snapshot/pending_calls.ts";

Deno.test("PendingCalls keeps a stream open for a call that was expected, and then for its request", async () => {
  let asked = 0;
  const calls = new PendingCalls(() => asked++);
  assertEquals(calls.isAny, false);
  calls.note();
  assertEquals(asked, 0);
  calls.expect();
  assertEquals(calls.isAny, true);
  const copied = Promise.withResolvers<void>();
  const during = calls.during(() => copied.promise);
  assertEquals([calls.isAny, asked], [true, 1]);
  copied.resolve();
  await during;
  assertEquals(calls.isAny, false);
});

Deno.test("PendingCalls lets a stream end behind a call that requests nothing", () => {
  let asked = 0;
  const calls = new PendingCalls(() => asked++);
  calls.expect();
  calls.note();
  assertEquals([calls.isAny, asked], [false, 1]);
});
