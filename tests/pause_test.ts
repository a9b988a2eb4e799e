import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { pause } from "../src/pause.ts";

Deno.test("pause() waits for the whole time", async () => {
  using time = new FakeTime();
  let outcome: boolean | null = null;
  const pausing = pause(1_000, new AbortController().signal)
    .then((isWhole) => outcome = isWhole);
  await time.tickAsync(999);
  assertEquals(outcome, null);
  await time.tickAsync(1);
  assertEquals(await pausing, true);
});

Deno.test("pause() does not wait if the signal is aborted", async () => {
  assertEquals(await pause(2 ** 30, AbortSignal.abort()), false);
});

// The sanitizer fails if the timer remains.
Deno.test("pause() ends when the signal is aborted", async () => {
  const controller = new AbortController();
  const pausing = pause(2 ** 30, controller.signal);
  controller.abort();
  assertEquals(await pausing, false);
});
