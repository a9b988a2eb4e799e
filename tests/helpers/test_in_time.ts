/** Far more than a test without a server takes: only one that hangs takes longer. */
const LONGEST_MS = 30_000;

/**
 * Registers a test that fails where it hangs.
 *
 * @param name Its name.
 * @param run The test.
 */
export function testInTime(name: string, run: () => Promise<void>): void {
  Deno.test(name, async () => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const error = new Error(`The test has not ended within ${LONGEST_MS} ms`);
    const timer = setTimeout(() => reject(error), LONGEST_MS);
    await Promise.race([run(), late]).finally(() => clearTimeout(timer));
  });
}
