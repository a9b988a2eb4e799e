import { untilAborted, withDeadline } from "../src/deadline.ts";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";

const timeoutError = () => new Error("too late");
const never = () => new Promise<never>(() => {});
const reason = new Error("given up");

function aborting(): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 1);
  return controller.signal;
}

// Fails the test, if the event loop is still there to do so.
function unless<T>(promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("It hangs")), 10_000);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

Deno.test("withDeadline() ends a task that does not obey its signal", async () => {
  const options = { signal: undefined, timeoutMs: 1, timeoutError, graceMs: 1 };
  await assertRejects(
    () => unless(withDeadline(options, never)),
    Error,
    "too late",
  );
  const error = await assertRejects(() =>
    unless(
      withDeadline({ ...options, timeoutMs: 0, signal: aborting() }, never),
    )
  );
  assertStrictEquals(error, reason);
});

Deno.test("withDeadline() lets a task that obeys clean up first", async () => {
  let isClean = false;
  const options = { signal: aborting(), timeoutMs: 0, timeoutError };
  const error = await assertRejects(() =>
    withDeadline(options, async (signal) => {
      await untilAborted(never(), signal).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 5));
      isClean = true;
      throw new Error("what came of it");
    })
  );
  assertStrictEquals(error, reason);
  assertEquals(isClean, true);
});

Deno.test("withDeadline() does not count the time for which the clock stands still", async () => {
  const options = {
    signal: undefined,
    timeoutMs: 30,
    timeoutError,
    graceMs: 1,
  };
  const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 100));
  const result = await withDeadline(options, async (_, stopClock) => {
    await stopClock(pause);
    return "done";
  });
  assertEquals(result, "done");
  await assertRejects(
    () =>
      unless(withDeadline(options, async (_, stopClock) => {
        await stopClock(pause);
        return await never();
      })),
    Error,
    "too late",
  );
});

Deno.test("untilAborted() takes values, promises and no signal at all", async () => {
  assertEquals(await untilAborted(1, undefined), 1);
  assertEquals(await untilAborted(Promise.resolve(2), aborting()), 2);
  const error = await assertRejects(() =>
    unless(untilAborted(never(), aborting()))
  );
  assertStrictEquals(error, reason);
});
