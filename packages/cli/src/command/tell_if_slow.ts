import type { Host } from "../process/host.ts";

/** The time after which a wait is explained, in milliseconds. */
const PATIENCE_MS = 4_000;

/**
 * Explains why the creation of a slot waits, if it takes long. The command shows nothing
 * meanwhile, and the cause is another transaction.
 *
 * @param host The process.
 * @param command The command's name.
 * @param work The call that may create a slot.
 * @param patienceMs The time after which to explain the wait, in milliseconds.
 * @returns The result of `work`.
 */
export async function tellIfSlow<T>(
  host: Pick<Host, "tell">,
  command: string,
  work: Promise<T>,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const timer = setTimeout(
    () =>
      host.tell([
        `${command}: still waiting for the server. Before it creates a slot, it waits until all open transactions have ended (xact_start in pg_stat_activity shows the oldest); a standby also waits for the primary, where SELECT pg_log_standby_snapshot() ends the wait`,
      ]),
    patienceMs,
  );
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
