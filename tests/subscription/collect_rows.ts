import { type Row, subscribe, type SubscribeOptions } from "@walbrook/walbrook";
import type { PostgresServer, SqlClient } from "../helpers/postgres.ts";

/** What was told of a bad value. */
export interface Told {
  /** The column. */
  readonly column: string;
  /** What was said. */
  readonly message: string;
}

/** Collects what is delivered, until now, and what is told of bad values. */
export async function collect(
  server: PostgresServer,
  slot: string,
  options: Partial<SubscribeOptions> = {},
): Promise<{ rows: Row[]; told: Told[] }> {
  const told: Told[] = [];
  await using subscription = await subscribe({
    connection: server.url,
    slot,
    publication: "p",
    until: "now",
    onBadValue: ({ column, error }) =>
      told.push({ column, message: String(error) }),
    ...options,
  });
  const rows: Row[] = [];
  for await (const event of subscription) {
    if (event.kind === "insert") rows.push(event.newRow);
  }
  return { rows, told };
}

/** Makes slots for pgoutput. */
export async function makeSlots(
  sql: SqlClient,
  slots: readonly string[],
): Promise<void> {
  for (const slot of slots) {
    await sql(
      `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`,
    );
  }
}
