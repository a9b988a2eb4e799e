import type { SubscriptionStatus } from "./views/status.ts";

/** How to wait between attempts to connect again. */
export interface RetryOptions {
  /**
   * The longest pause before the first attempt, in milliseconds. It doubles with each
   * attempt that fails; the pause itself is drawn by chance from the upper half of that,
   * so that many clients don't come back all at once.
   *
   * @default {250}
   */
  readonly initialDelayMs?: number;
  /**
   * The longest pause, in milliseconds. A server that seems to crash at the same position
   * each time is left alone for up to twice that.
   *
   * @default {30_000}
   */
  readonly maxDelayMs?: number;
  /**
   * How many attempts may fail in a row before the subscription gives up with the error
   * of the last one. One that is lost again within a minute, before anything has come, has
   * failed too.
   *
   * @default {Infinity}
   */
  readonly maxAttempts?: number;
  /**
   * Whether to try the first connection again, too, so that the program and its database
   * may be started in any order: where the server refuses connections or is still starting
   * (57P03), where its name is not resolved yet, and in whatever else passes by itself. What
   * someone has to mend, as a wrong password or a missing slot, still ends `subscribe()` at
   * once. `signal` gives up.
   *
   * @default {false}
   */
  readonly first?: boolean;
}

/**
 * Says how long to wait before the next attempt.
 *
 * @param failures How many attempts have failed in a row; 0 right after a link was lost.
 * @param options The bounds.
 * @param random A number from 0 up to 1.
 * @returns Milliseconds.
 */
export function retryDelayMs(
  failures: number,
  options: RetryOptions,
  random: number,
): number {
  const { initialDelayMs = 250, maxDelayMs = 30_000 } = options;
  const longest = Math.min(maxDelayMs, initialDelayMs * 2 ** failures);
  return longest * (0.5 + random / 2);
}

/** The failures so far. */
export interface Failures {
  /** How many attempts have failed in a row. */
  readonly failures: number;
  /** Notes another one. */
  attemptFailed(error: unknown): void;
  /** How long to wait before the next attempt, in milliseconds. */
  delayMs(retry: RetryOptions, random: number): number;
}

/** What to try again, and for how long. */
export interface TryAgainOptions<T> {
  /** What it failed with. */
  readonly error: unknown;
  /** The failures so far. */
  readonly history: Failures;
  /** How to wait between attempts. */
  readonly retry: RetryOptions;
  /** Looks at what an attempt has failed with, and throws if none is to follow. */
  readonly check: (error: unknown) => void;
  /** Makes the next attempt. */
  readonly attempt: () => Promise<T>;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** Told of every pause and every attempt. */
  readonly onStatus: (status: SubscriptionStatus) => void;
}

/**
 * Makes attempts, with pauses before them, until one succeeds.
 *
 * @param options What to try.
 * @returns What that brought; `null` if the signal gave up.
 * @throws What the last attempt failed with, or what `check` throws.
 */
export async function tryAgain<T>(
  options: TryAgainOptions<T>,
): Promise<T | null> {
  const { history, retry, check, attempt, signal, onStatus } = options;
  const { maxAttempts = Infinity } = retry;
  let { error } = options;
  for (;;) {
    const { failures } = history;
    if (failures >= maxAttempts) throw error;
    const delayMs = history.delayMs(retry, Math.random());
    onStatus({ state: "retrying", error, failures, delayMs });
    if (!await pause(delayMs, signal)) return null;
    onStatus({ state: "connecting" });
    try {
      return await attempt();
    } catch (failure) {
      if (signal.aborted) return null;
      history.attemptFailed(failure);
      check(failure);
      error = failure;
    }
  }
}

/** Waits, and says whether it did so to the end: the signal ends it. */
export function pause(
  milliseconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const stop = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve(true);
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
