import { formatLsn, type Lsn, parseLsn } from "@walbrook/walbrook";
import { type Database, literal } from "../database/database.ts";

/** A replication slot: `pg_replication_slots`, and values derived from it. */
export interface Slot {
  /** Its name. */
  readonly name: string;
  /** The output plugin; `null` for a physical slot. */
  readonly plugin: string | null;
  /** Its database; `null` for a physical slot. */
  readonly database: string | null;
  /** Whether it ends with the session that created it. */
  readonly temporary: boolean;
  /** The process that uses it; `null` if none does. */
  readonly activePid: number | null;
  /** The application that uses it, as far as it is visible. */
  readonly application: string | null;
  /** The position of its consumer; `null` for a physical slot. */
  readonly confirmedFlushLsn: Lsn | null;
  /** The oldest WAL that it retains; `null` if it retains none. */
  readonly restartLsn: Lsn | null;
  /** The amount of WAL that it retains, in bytes; `null` if it retains none. */
  readonly retainedBytes: number | null;
  /** The lag of its consumer behind the end of WAL, in bytes. */
  readonly lagBytes: number | null;
  /** `reserved`, `extended`, `unreserved` or `lost`; `null` if it retains nothing. */
  readonly walStatus: string | null;
  /**
   * How much more WAL can be written before it may be lost; `null` if there is no limit, or
   * if it is lost.
   */
  readonly safeWalSize: number | null;
  /** The time until then at the server's average rate, in milliseconds; `null` if unknown. */
  readonly lossInMs: number | null;
  /** Why it can't be used any more; `null` if it can, or the server does not report it. */
  readonly invalidationReason: string | null;
  /** Whether it delivers prepared transactions. */
  readonly twoPhase: boolean;
  /** Whether it is copied to standbys. */
  readonly failover: boolean;
  /** Since when it has been inactive, ISO 8601; `null` if unknown or in use. */
  readonly inactiveSince: string | null;
}

/** The slots of a server, and its position. */
export interface Slots {
  /** The slots, by name. */
  readonly slots: readonly Slot[];
  /** The end of the server's WAL. */
  readonly end: Lsn;
}

// The whole row, since later versions have more columns.
const SLOTS = (condition: string) => `
  SELECT to_json(s) AS slot, a.application_name,
    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
      ELSE pg_current_wal_lsn() END AS wal_end,
    (SELECT wal_bytes / greatest(extract(epoch FROM now() - stats_reset), 1)
      FROM pg_stat_wal) AS wal_rate
  FROM (SELECT) AS one
  LEFT JOIN pg_replication_slots s ON ${condition}
  LEFT JOIN pg_stat_replication a ON a.pid = s.active_pid
  ORDER BY s.slot_name`;

/**
 * Reads slots.
 *
 * @param database The database to query.
 * @param name The slot; all of them by default.
 */
export async function readSlots(
  database: Database,
  name?: string,
): Promise<Slots> {
  const rows = await database.rows(
    SLOTS(name === undefined ? "true" : `s.slot_name = ${literal(name)}`),
  );
  const end = parseLsn(rows[0]?.["wal_end"] ?? "");
  const rate = Number(rows[0]?.["wal_rate"] ?? 0);
  const slots = rows.flatMap(({ slot, application_name }) =>
    slot === null || slot === undefined
      ? []
      : [toSlot(JSON.parse(slot), { application_name, end, rate })]
  );
  return { slots, end };
}

/**
 * Reads one slot.
 *
 * @throws {Error} If it does not exist.
 */
export async function readSlot(
  database: Database,
  name: string,
): Promise<{ readonly slot: Slot; readonly end: Lsn }> {
  const { slots: [slot], end } = await readSlots(database, name);
  if (slot !== undefined) return { slot, end };
  const { slots } = await readSlots(database);
  const others = slots.map(({ name }) => name).join(", ");
  throw new Error(
    `There is no slot "${name}"; ${
      others === "" ? "this server has none" : `this server has ${others}`
    }`,
  );
}

/** Whether a slot can never be used again. */
export function isLost(slot: Slot): boolean {
  return slot.walStatus === "lost" || slot.invalidationReason !== null;
}

/** What a program gets of a slot. */
export function slotToJson(slot: Slot): Record<string, unknown> {
  const { confirmedFlushLsn: confirmed, restartLsn: restart } = slot;
  return {
    ...slot,
    confirmedFlushLsn: confirmed === null ? null : formatLsn(confirmed),
    restartLsn: restart === null ? null : formatLsn(restart),
  };
}

function toSlot(
  row: Readonly<Record<string, unknown>>,
  { application_name, end, rate }: {
    readonly application_name: string | null | undefined;
    readonly end: Lsn;
    readonly rate: number;
  },
): Slot {
  const text = (name: string) => row[name] as string | null ?? null;
  const number = (name: string) => row[name] as number | null ?? null;
  const lsn = (name: string) => {
    const found = text(name);
    return found === null ? null : parseLsn(found);
  };
  const behind = (from: Lsn | null) =>
    from === null ? null : Math.max(0, Number(end - from));
  const restart = lsn("restart_lsn");
  const confirmed = lsn("confirmed_flush_lsn");
  const safe = number("safe_wal_size");
  return {
    name: text("slot_name") ?? "",
    plugin: text("plugin"),
    database: text("database"),
    temporary: row["temporary"] === true,
    activePid: number("active_pid"),
    application: application_name || null,
    confirmedFlushLsn: confirmed,
    restartLsn: restart,
    retainedBytes: behind(restart),
    lagBytes: behind(confirmed),
    walStatus: text("wal_status"),
    safeWalSize: safe,
    lossInMs: safe === null || rate <= 0
      ? null
      : Math.max(0, safe) / rate * 1e3,
    invalidationReason: text("invalidation_reason"),
    twoPhase: row["two_phase"] === true,
    failover: row["failover"] === true,
    inactiveSince: text("inactive_since"),
  };
}
