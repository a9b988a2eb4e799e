import type { SqlClient } from "../helpers/postgres.ts";

/**
 * Waits until an SQL condition holds.
 *
 * @throws {Error} If it does not within ten seconds.
 */
export async function untilTrue(
  sql: SqlClient,
  condition: string,
): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (await sql.value(`SELECT (${condition})::text`) !== "true") {
    if (performance.now() > deadline) {
      throw new Error(`Waited in vain for ${condition}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
