import { sqlLiteral } from "../catalog/sql_literal.ts";
import { INVALID_LSN, parseServerLsn } from "../lsn.ts";
import type { FoundSlot, WantedSlot } from "./wanted_slot.ts";
import type { Session } from "../session/session.ts";
import type { QueryResult } from "../session/simple_query.ts";

/**
 * Finds a slot.
 *
 * @returns The slot, or `null` if it does not exist.
 * @throws {SubscriptionError} `slotUnusable` if it is of another kind.
 * @throws {ConnectionError} If it is a standby's copy of the primary's slot.
 */
export async function findSlot(
  connection: Session,
  wanted: WantedSlot,
  signal: AbortSignal | undefined,
): Promise<FoundSlot | null> {
  const results = await connection.query(slotQuery(wanted.name), { signal });
  return await readSlot(results, wanted);
}

/**
 * Reads the answer to {@linkcode slotQuery}.
 *
 * @returns The slot, or `null` if it does not exist.
 * @throws {SubscriptionError} `slotUnusable` if it is of another kind.
 * @throws {ConnectionError} If it is a standby's copy of the primary's slot.
 */
export async function readSlot(
  [result]: readonly QueryResult[],
  wanted: WantedSlot,
): Promise<FoundSlot | null> {
  const row = result?.rows[0];
  if (row === undefined) return null;
  const [type, plugin, database, walStatus, twoPhase, confirmed, current] = row;
  const isFit = type === "logical" && database === current &&
    plugin === wanted.plugin && (twoPhase !== "t" || wanted.twoPhase);
  const isCopy = row[8] === "t";
  if (!isFit || isCopy) {
    const { slotRefusal } = await import("./refusals.ts");
    throw slotRefusal(row, wanted);
  }
  return {
    confirmed: confirmed === null || confirmed === undefined
      ? INVALID_LSN
      : parseServerLsn(confirmed, "confirmed_flush_lsn"),
    invalidation: walStatus === "lost" ? row[7] ?? "wal_removed" : null,
  };
}

/** Writes the query that describes a slot. */
export function slotQuery(name: string): string {
  // The reason, and whether it is synced from the primary, are columns from 17 on.
  return "SELECT slot_type, plugin, database, wal_status, two_phase, " +
    "confirmed_flush_lsn, pg_catalog.current_database(), " +
    "pg_catalog.to_jsonb(s) OPERATOR(pg_catalog.->>) 'invalidation_reason', " +
    "pg_catalog.pg_is_in_recovery() AND (pg_catalog.to_jsonb(s) " +
    "OPERATOR(pg_catalog.->>) 'synced')::pg_catalog.bool " +
    "FROM pg_catalog.pg_replication_slots s " +
    `WHERE slot_name OPERATOR(pg_catalog.=) ${sqlLiteral(name)}`;
}
