import { pause } from "../../pause.ts";

/**
 * Waits.
 *
 * @param milliseconds The time.
 * @param signal Ends the wait, which then rejects with the signal's reason.
 */
export async function delay(
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  await pause(milliseconds, signal);
  signal.throwIfAborted();
}
