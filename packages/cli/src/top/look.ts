import type { Lsn } from "@walbrook/walbrook";
import type { Database } from "../database/database.ts";
import { readSlots, type Slot } from "../slots/read_slots.ts";

/** A slot, and how fast it advances. */
export interface WatchedSlot extends Slot {
  /** The rate at which its consumer confirms WAL, in bytes per second; `null` at first. */
  readonly confirmsPerSecond: number | null;
}

/** The state of a server at one moment. */
export interface Look {
  /** The time, by this machine's clock. */
  readonly at: Date;
  /** The server's version. */
  readonly version: string;
  /** The database. */
  readonly database: string;
  /** The end of WAL. */
  readonly end: Lsn;
  /** The rate at which WAL is written, in bytes per second; `null` at first. */
  readonly walPerSecond: number | null;
  /** How much WAL a slot may retain, in the server's notation. */
  readonly keepSize: string;
  /** The maximum numbers of slots and walsenders. */
  readonly limits: { readonly slots: number; readonly senders: number };
  /** The number of walsenders. */
  readonly senders: number;
  /** The slots. */
  readonly slots: readonly WatchedSlot[];
}

const SERVER = `
  SELECT current_setting('server_version') AS version,
    current_database() AS database,
    current_setting('max_slot_wal_keep_size') AS keep_size,
    current_setting('max_replication_slots') AS slots,
    current_setting('max_wal_senders') AS max_senders,
    (SELECT count(*) FROM pg_stat_replication) AS senders`;

/**
 * Queries the state of a server.
 *
 * @param database The database to query.
 * @param before The previous state.
 */
export async function look(
  database: Database,
  before: Look | null,
): Promise<Look> {
  const [row = {}] = await database.rows(SERVER);
  const { slots, end } = await readSlots(database);
  const at = new Date();
  const seconds = before === null
    ? 0
    : (at.getTime() - before.at.getTime()) / 1e3;
  const rate = (from: Lsn | null | undefined, to: Lsn | null) =>
    from === null || from === undefined || to === null || seconds <= 0
      ? null
      : Math.max(0, Number(to - from) / seconds);
  const walPerSecond = rate(before?.end, end);
  return {
    at,
    version: row["version"] ?? "",
    database: row["database"] ?? "",
    end,
    walPerSecond,
    keepSize: row["keep_size"] ?? "",
    limits: {
      slots: Number(row["slots"]),
      senders: Number(row["max_senders"]),
    },
    senders: Number(row["senders"]),
    slots: slots.map((slot) => ({
      ...slot,
      confirmsPerSecond: rate(
        before?.slots.find(({ name }) => name === slot.name)
          ?.confirmedFlushLsn,
        slot.confirmedFlushLsn,
      ),
      lossInMs: slot.safeWalSize === null || !walPerSecond
        ? slot.lossInMs
        : Math.max(0, slot.safeWalSize) / walPerSecond * 1e3,
    })),
  };
}
