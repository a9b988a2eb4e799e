import type { SqlClient } from "./postgres.ts";

/**
 * Waits until an SQL condition holds.
 *
 * @param sql The client to ask.
 * @param condition The condition.
 * @param patienceMs How long to wait, in milliseconds.
 * @throws {Error} If it does not hold by then.
 */
export async function untilTrue(
  sql: SqlClient,
  condition: string,
  patienceMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (await sql.value(`SELECT (${condition})::text`) !== "true") {
    if (performance.now() > deadline) {
      throw new Error(`Waited in vain for ${condition}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * Waits until a program follows the slot that it has created. A slot is active while it is being
 * created, too, and then leaves out what is written meanwhile.
 *
 * @param sql The client to ask.
 * @throws {Error} If no program follows a slot by then.
 */
export async function untilFollowed(sql: SqlClient): Promise<void> {
  await untilTrue(
    sql,
    // Not one that has ended: its walsender may still be there.
    `EXISTS (SELECT FROM pg_stat_replication JOIN pg_replication_slots ON active_pid = pid
      WHERE state = 'streaming')`,
  );
}
