import type { DeliveryRetryOptions } from "../options/deliver_options.ts";

/**
 * Returns the delay before a batch is retried.
 *
 * @param failures How often it has failed: 1 after the first failure.
 * @param options The bounds.
 * @param random A number in the range [0, 1).
 * @returns The delay in milliseconds.
 */
export function retryDelayMs(
  failures: number,
  { initialDelayMs = 100, maxDelayMs = 30_000 }: DeliveryRetryOptions,
  random: number,
): number {
  // A power beyond 2^30 could be Infinity, and 0 * Infinity is NaN.
  const longest = initialDelayMs * 2 ** Math.min(failures - 1, 30);
  return Math.min(maxDelayMs, longest) * (0.5 + random / 2);
}
