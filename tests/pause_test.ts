import { assertEquals } from "@std/assert";
import { pause } from "../src/pause.ts";

Deno.test("pause() waits for the whole time", async () => {
  assertEquals(await pause(1, new AbortController().signal), true);
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
