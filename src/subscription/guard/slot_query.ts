import type { CatalogRows } from "../../catalog/query_catalog.ts";
import { sqlLiteral } from "../../catalog/sql_literal.ts";
import { type Lsn, parseServerLsn } from "../../lsn.ts";
import type { SlotState } from "../progress/slot_state.ts";

/**
 * Writes the query for the state of a slot. Its last columns exist since PostgreSQL 17 and
 * 18.
 *
 * Source: the manual, "pg_replication_slots".
 */
export function slotStateQuery(slot: string): string {
  return "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() " +
    "THEN pg_catalog.pg_last_wal_replay_lsn() " +
    "ELSE pg_catalog.pg_current_wal_lsn() END, " +
    "s.slot_name, s.restart_lsn, s.confirmed_flush_lsn, s.active, " +
    "s.wal_status, s.safe_wal_size, " +
    "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() " +
    "OPERATOR(pg_catalog.-) (pg_catalog.to_jsonb(s) " +
    "OPERATOR(pg_catalog.->>) 'inactive_since')::pg_catalog.timestamptz), " +
    "g.setting, g.unit " +
    "FROM (SELECT 1) one " +
    "LEFT JOIN pg_catalog.pg_replication_slots s " +
    `ON s.slot_name OPERATOR(pg_catalog.=) ${sqlLiteral(slot)} ` +
    "LEFT JOIN pg_catalog.pg_settings g " +
    "ON g.name OPERATOR(pg_catalog.=) 'idle_replication_slot_timeout'";
}

/** The state of a slot, without the values that take two answers to compute. */
export interface SlotAnswer
  extends Omit<SlotState, "walBytesPerSecond" | "lossInMs"> {
  /** How long the slot has been inactive, in milliseconds; `null` if active or unknown. */
  readonly inactiveMs: number | null;
}

/**
 * Reads the answer to {@linkcode slotStateQuery}.
 *
 * @param rows The rows.
 * @param at The time.
 * @returns The end of the server's WAL, and the slot; `null` if the slot does not exist.
 */
export function readSlotAnswer(
  rows: CatalogRows,
  at: Date,
): { readonly walEnd: Lsn; readonly slot: SlotAnswer | null } {
  const [row = []] = rows;
  const walEnd = parseServerLsn(row[0] ?? null, "pg_current_wal_lsn");
  if ((row[1] ?? null) === null) return { walEnd, slot: null };
  const restart = lsnOf(row[2], "restart_lsn");
  const active = row[4] === "t";
  const unitMs = UNITS[row[9] ?? ""] ?? 1;
  const idleTimeoutMs = Number(row[8] ?? 0) * unitMs;
  return {
    walEnd,
    slot: {
      ...{ at, walEnd, restart, active },
      confirmed: lsnOf(row[3], "confirmed_flush_lsn"),
      walStatus: (row[5] ?? null) as SlotState["walStatus"],
      retainedBytes: restart === null
        ? null
        : walEnd > restart
        ? walEnd - restart
        : 0n,
      safeBytes: (row[6] ?? null) === null ? null : BigInt(row[6]!),
      idleTimeoutMs: idleTimeoutMs > 0 ? idleTimeoutMs : null,
      inactiveMs: active || (row[7] ?? null) === null
        ? null
        : Number(row[7]) * 1000,
    },
  };
}

/** The units of settings, in milliseconds. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000 };

function lsnOf(text: string | null | undefined, column: string): Lsn | null {
  return text === null || text === undefined
    ? null
    : parseServerLsn(text, column);
}
