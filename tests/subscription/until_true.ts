import type { SqlClient } from "../helpers/postgres.ts";

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
  patienceMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (await sql.value(`SELECT (${condition})::text`) !== "true") {
    if (performance.now() > deadline) {
      throw new Error(`Waited in vain for ${condition}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
