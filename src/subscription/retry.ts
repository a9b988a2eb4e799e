import { SubscriptionError } from "../errors.ts";
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
   * The longest pause of all, in milliseconds.
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
}

/**
 * Tells whether the server stands before what it can't send, but may skip. Whether the
 * publication exists by now, the next link finds out.
 */
export function isSkippable(error: unknown): boolean {
  return error instanceof SubscriptionError &&
    error.reason === "publicationMissing";
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

/** What to try again, and for how long. */
export interface TryAgainOptions<T> {
  /** What it failed with. */
  readonly error: unknown;
  /** How many attempts have failed before. */
  readonly failures: number;
  /** How to wait between attempts. */
  readonly retry: RetryOptions;
  /** Whether another attempt may fare better than one that failed with this. */
  readonly mayRetry: (error: unknown) => boolean;
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
 * @throws What the last attempt failed with.
 */
export async function tryAgain<T>(
  options: TryAgainOptions<T>,
): Promise<T | null> {
  const { retry, mayRetry, attempt, signal, onStatus } = options;
  let { error, failures } = options;
  for (;; failures++) {
    if (failures >= (retry.maxAttempts ?? Infinity)) throw error;
    const delayMs = retryDelayMs(failures, retry, Math.random());
    onStatus({ state: "retrying", error, failures, delayMs });
    if (!await pause(delayMs, signal)) return null;
    onStatus({ state: "connecting" });
    try {
      return await attempt();
    } catch (failure) {
      if (signal.aborted) return null;
      if (!mayRetry(failure)) throw failure;
      error = failure;
    }
  }
}

// Waits, and says whether it did so to the end.
function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
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
