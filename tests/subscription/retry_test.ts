import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { openLater } from "../../src/subscription/reconnection.ts";
import { postgresError } from "../helpers/messages.ts";
import {
  retryDelayMs,
  type RetryOptions,
  tryAgain,
  type TryAgainOptions,
} from "../../src/subscription/retry.ts";

const ALMOST_1 = 1 - 2 ** -53;
/** The longest delays of an instance that waits for a slot, in milliseconds. */
const LONGEST = [100, 200, 400, 800, 1_000, 1_000];

const DELAYS: readonly (readonly [number, RetryOptions, number, number])[] = [
  // Failures, options, random number, delay.
  [0, {}, 0, 125],
  [0, {}, 0.5, 187.5],
  [1, {}, 0, 250],
  [2, {}, 0, 500],
  [6, {}, 0, 8_000],
  [7, {}, 0, 15_000],
  [1_000, {}, 0, 15_000],
  [10_000, {}, 0.5, 22_500],
  [0, { initialDelayMs: 10 }, 0, 5],
  [3, { initialDelayMs: 10 }, 0, 40],
  [3, { initialDelayMs: 10, maxDelayMs: 30 }, 0, 15],
  [0, { initialDelayMs: 100, maxDelayMs: 30 }, 0, 15],
  [5, { initialDelayMs: 0 }, 0.9, 0],
  [0, { maxDelayMs: 0 }, 0.9, 0],
];

for (const [failures, options, random, expected] of DELAYS) {
  Deno.test(`retryDelayMs() waits ${expected} ms after ${failures} failures, with ${JSON.stringify(options)} and ${random}`, () => {
    assertEquals(retryDelayMs(failures, options, random), expected);
  });
}

Deno.test("retryDelayMs() draws from the upper half, and never waits longer than it may", () => {
  for (let failures = 0; failures < 20; failures++) {
    const longest = Math.min(30_000, 250 * 2 ** failures);
    assertEquals(retryDelayMs(failures, {}, 0), longest / 2);
    const last = retryDelayMs(failures, {}, ALMOST_1);
    assert(last > longest * 0.99 && last <= longest, `${last}`);
  }
});

/** A series of attempts: each fails with the next of these, and the last one succeeds. */
function series(
  failures: readonly string[],
  options: Partial<TryAgainOptions<string>> = {},
) {
  const told: string[] = [];
  const left = [...failures];
  let count = 0;
  const outcome = tryAgain({
    error: "lost",
    history: {
      get failures() {
        return count;
      },
      attemptFailed: (error) => {
        count++;
        told.push(`noted ${error}`);
      },
      delayMs: () => count,
    },
    retry: {},
    check: () => {},
    attempt: () => {
      const failure = left.shift();
      return failure === undefined
        ? Promise.resolve("open")
        : Promise.reject(failure);
    },
    signal: new AbortController().signal,
    onStatus: (status) =>
      told.push(
        status.state === "retrying"
          ? `${status.error} ${status.failures} ${status.delayMs}`
          : status.state,
      ),
    ...options,
  });
  return { outcome, told };
}

Deno.test("tryAgain() tells of every pause and attempt until one succeeds", async () => {
  const { outcome, told } = series(["a", "b"]);
  assertEquals(await outcome, "open");
  assertEquals(told, [
    ...["lost 0 0", "connecting", "noted a"],
    ...["a 1 1", "connecting", "noted b"],
    ...["b 2 2", "connecting"],
  ]);
});

for (const maxAttempts of [0, 1, 3]) {
  Deno.test(`tryAgain() gives up with the last error after ${maxAttempts} attempts`, async () => {
    const { outcome, told } = series(["a", "b", "c", "d"], {
      retry: { maxAttempts },
    });
    const error = await outcome.then(() => "open", String);
    assertEquals(error, ["lost", "a", "b", "c"][maxAttempts]);
    assertEquals(
      told.filter((text) => text === "connecting").length,
      maxAttempts,
    );
  });
}

Deno.test("tryAgain() ends with what the check of a failure throws", async () => {
  const enough = new Error("Enough");
  const { outcome } = series(["a", "b", "c"], {
    check: (error) => {
      if (error === "b") throw enough;
    },
  });
  await assertRejects(() => outcome, Error, "Enough");
});

Deno.test("tryAgain() does not wait longer than an error allows", async () => {
  const { outcome, told } = series(["b"], {
    retry: { initialDelayMs: 2 ** 30, maxDelayMs: 2 ** 30 },
    history: {
      failures: 0,
      attemptFailed: () => {},
      delayMs: () => 2 ** 30,
    },
    longestDelayMs: (error) => error === "b" ? 2 : 1,
  });
  assertEquals(await outcome, "open");
  const pauses = told.filter((text) => text !== "connecting");
  assertEquals(pauses, ["lost 0 1", "b 0 2"]);
});

Deno.test("tryAgain() gives up in the middle of a pause when the signal says so", async () => {
  const giveUp = new AbortController();
  const { outcome, told } = series([], {
    signal: giveUp.signal,
    history: {
      failures: 0,
      attemptFailed: () => {},
      delayMs: () => 2 ** 30,
    },
  });
  giveUp.abort();
  assertEquals(await outcome, null);
  assertEquals(told, [`lost 0 ${2 ** 30}`]);
});

Deno.test("tryAgain() gives up without a pause where the signal has said so", async () => {
  const { outcome } = series([], { signal: AbortSignal.abort() });
  assertEquals(await outcome, null);
});

Deno.test("tryAgain() takes an attempt that fails after the signal for given up", async () => {
  const giveUp = new AbortController();
  const { outcome } = series([], {
    signal: giveUp.signal,
    attempt: () => {
      giveUp.abort();
      return Promise.reject("aborted");
    },
  });
  assertEquals(await outcome, null);
});

Deno.test("openLater() asks for a slot in use soon at first, and then every second", async () => {
  using time = new FakeTime();
  const delays: number[] = [];
  const inUse = postgresError("55006");
  const opening = openLater(inUse, {
    wait: true,
    retry: null,
    attempt: () =>
      delays.length < LONGEST.length
        ? Promise.reject(inUse)
        : Promise.resolve(7),
    signal: new AbortController().signal,
    onStatus: (status) => {
      if (status.state === "retrying") delays.push(status.delayMs);
    },
  });
  for (const longest of LONGEST) await time.tickAsync(longest);
  assertEquals(await opening, 7);
  const areWithin = LONGEST.map((longest, i) =>
    delays[i]! >= longest / 2 && delays[i]! <= longest
  );
  assertEquals(areWithin, LONGEST.map(() => true), `${delays}`);
});
