/** Far more than a test without a server takes: only one that hangs takes longer. */
const LONGEST_MS = 60_000;

/**
 * Registers a test that fails where it hangs.
 *
 * @param name Its name.
 * @param run The test.
 */
export function testInTime(name: string, run: () => Promise<void>): void {
  Deno.test(name, () => inTime(run, LONGEST_MS));
}

/**
 * Does something that fails where it hangs.
 *
 * @param run What to do.
 * @param longestMs From when on it counts as hanging, in milliseconds.
 */
export async function inTime<T>(
  run: () => Promise<T>,
  longestMs: number,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const error = new Error(`It has not ended within ${longestMs} ms`);
  const timer = setTimeout(() => reject(error), longestMs);
  return await Promise.race([run(), late]).finally(() => clearTimeout(timer));
}
