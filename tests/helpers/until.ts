/**
 * Waits until a condition holds.
 *
 * @param condition The condition, which is asked again and again.
 * @param patienceMs How long to wait, in milliseconds.
 * @throws {Error} If it does not hold by then.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  patienceMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!await condition()) {
    if (performance.now() > deadline) {
      throw new Error(`Waited in vain for ${condition}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
