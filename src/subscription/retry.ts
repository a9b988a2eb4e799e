import { pause } from "../pause.ts";
import type { SubscriptionStatus } from "./views/status.ts";

/**
 * The delays between attempts to reconnect.
 *
 * @category Options
 */
export interface RetryOptions {
  /**
   * The longest delay before the first attempt, in milliseconds. It doubles with each failed
   * attempt; the actual delay is random, in the upper half of that range, so that many
   * clients don't reconnect at the same moment.
   *
   * @default {250}
   */
  readonly initialDelayMs?: number;
  /**
   * The upper limit of the delay, in milliseconds; twice that while the server seems to
   * crash at the same position each time.
   *
   * @default {30_000}
   */
  readonly maxDelayMs?: number;
  /**
   * How many attempts in a row may fail before the subscription ends with the last error. A
   * connection that is lost within a minute without delivering anything also counts as
   * failed.
   *
   * @default {Infinity}
   */
  readonly maxAttempts?: number;
  /**
   * Whether to retry the first connection too, so that the program and its database can be
   * started in any order: while the server refuses connections or is starting up (57P03),
   * while its name does not resolve, and after any other transient error. Errors that need
   * someone's attention, such as a wrong password or a missing slot, still reject
   * `subscribe()` at once. Abort `signal` to stop retrying.
   *
   * @default {false}
   */
  readonly first?: boolean;
}

/**
 * Returns the delay before the next attempt.
 *
 * @param failures How many attempts in a row have failed; 0 right after a link was lost.
 * @param options The bounds.
 * @param random A number in the range [0, 1).
 * @returns The delay in milliseconds.
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
  /** How many attempts in a row have failed. */
  readonly failures: number;
  /** Records another failure. */
  attemptFailed(error: unknown): void;
  /** The delay before the next attempt, in milliseconds. */
  delayMs(retry: RetryOptions, random: number): number;
}

/** Options for {@linkcode tryAgain}. */
export interface TryAgainOptions<T> {
  /** The error of the first attempt. */
  readonly error: unknown;
  /** The failures so far. */
  readonly history: Failures;
  /** The delays between attempts. */
  readonly retry: RetryOptions;
  /**
   * The longest delay after an error and a number of failed attempts in a row, in milliseconds,
   * whatever `retry` allows.
   *
   * @default {undefined} no other limit
   */
  readonly longestDelayMs?: (error: unknown, failures: number) => number;
  /** Inspects the error of an attempt, and throws to make no further one. */
  readonly check: (error: unknown) => void;
  /** Makes the next attempt. */
  readonly attempt: () => Promise<T>;
  /** Stops waiting. */
  readonly signal: AbortSignal;
  /** Called with every pause and every attempt. */
  readonly onStatus: (status: SubscriptionStatus) => void;
}

/**
 * Repeats attempts, with delays before them, until one succeeds.
 *
 * @param options What to try.
 * @returns The result of `attempt`; `null` if the signal was aborted.
 * @throws The error of the last attempt, or whatever `check` throws.
 */
export async function tryAgain<T>(
  options: TryAgainOptions<T>,
): Promise<T | null> {
  const { history, retry, check, attempt, signal, onStatus, longestDelayMs } =
    options;
  const { maxAttempts = Infinity } = retry;
  let { error } = options;
  for (;;) {
    const { failures } = history;
    if (failures >= maxAttempts) throw error;
    const delayMs = Math.min(
      history.delayMs(retry, Math.random()),
      longestDelayMs?.(error, failures) ?? Infinity,
    );
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
