import {
  ConnectionError,
  PostgresError,
  SQLSTATE,
  SubscriptionError,
} from "../errors.ts";
import { formatLsn, INVALID_LSN, type Lsn, parseServerLsn } from "../lsn.ts";
import type { ReplicationConnection } from "../replication/replication_connection.ts";
import { sqlLiteral } from "./sql_literal.ts";
import type { SlotOptions } from "./subscribe_options.ts";

/** The slot that a subscription asks for. */
export interface WantedSlot extends SlotOptions {
  /** Whether it may send transactions when they are prepared. */
  readonly twoPhase: boolean;
  /** Its output plugin. */
  readonly plugin: string;
}

/** A slot that can be streamed from, or could until it was invalidated. */
export interface FoundSlot {
  /** Its `confirmed_flush_lsn`. */
  readonly confirmed: Lsn;
  /** Why it was invalidated; `null` for one that can be used. */
  readonly invalidation: string | null;
}

/**
 * Finds a slot.
 *
 * @returns The slot, or `null` where there is none of that name.
 * @throws {SubscriptionError} `slot_unusable` if it is of another kind.
 * @throws {ConnectionError} If it is a standby's copy.
 */
export async function findSlot(
  connection: ReplicationConnection,
  wanted: WantedSlot,
  signal: AbortSignal | undefined,
): Promise<FoundSlot | null> {
  const { name } = wanted;
  // The reason, and whether it is a copy of the primary's slot, are columns from 17 on.
  const [result] = await connection.query(
    "SELECT slot_type, plugin, database, wal_status, two_phase, " +
      "confirmed_flush_lsn, pg_catalog.current_database(), " +
      "pg_catalog.to_jsonb(s) ->> 'invalidation_reason', " +
      "pg_catalog.pg_is_in_recovery() AND (pg_catalog.to_jsonb(s) ->> 'synced')::bool " +
      `FROM pg_catalog.pg_replication_slots s WHERE slot_name = ${
        sqlLiteral(name)
      }`,
    { signal },
  );
  const row = result?.rows[0];
  if (row === undefined) return null;
  const [type, plugin, database, walStatus, twoPhase, confirmed, current] = row;
  const problem = type !== "logical"
    ? "it is a physical one; use another name"
    : database !== current
    ? `it belongs to database "${database}", and this connection is to "${current}"`
    : plugin !== wanted.plugin
    ? `its output plugin is "${plugin}", not ${wanted.plugin}; use another name`
    : twoPhase === "t" && !wanted.twoPhase
    ? `it sends transactions when they are prepared; ${
      plugin === "pgoutput" ? "pass twoPhase: true, or " : ""
    }use a slot that was created without TWO_PHASE`
    : null;
  if (problem !== null) {
    throw new SubscriptionError(
      "slot_unusable",
      `Cannot subscribe to replication slot "${name}": ${problem}`,
    );
  }
  if (row[8] === "t") {
    // It passes: with the promotion, or once the primary can be reached again.
    throw new ConnectionError(
      `Cannot stream from replication slot "${name}" here: this server is a standby, which keeps a copy of it for the time after its promotion; name all servers in connection, with target_session_attrs=read-write`,
    );
  }
  return {
    confirmed: confirmed === null || confirmed === undefined
      ? INVALID_LSN
      : parseServerLsn(confirmed, "confirmed_flush_lsn"),
    invalidation: walStatus === "lost" ? row[7] ?? "wal_removed" : null,
  };
}

/**
 * Creates a slot, if that is asked for.
 *
 * @param after What is known to be lost if there is none, or `null`.
 * @returns Where it begins.
 * @throws {SubscriptionError} `slot_missing` if it is not to be created.
 */
export async function createSlot(
  connection: ReplicationConnection,
  slot: WantedSlot,
  { after, signal }: { after: Lsn | null; signal: AbortSignal | undefined },
): Promise<Lsn> {
  if (slot.create !== true) {
    throw new SubscriptionError(
      "slot_missing",
      `Cannot subscribe: there is no replication slot "${slot.name}"; ${
        after === null
          ? "pass create: true to have it created, or look whether it was dropped, which loses changes"
          : `it was dropped, so changes after ${
            formatLsn(after)
          } are lost; copy the tables anew, or go on behind the gap by passing create: true and onGap`
      }`,
    );
  }
  try {
    const created = await connection.createReplicationSlot(slot.name, {
      kind: "logical",
      plugin: slot.plugin,
      temporary: slot.temporary ?? false,
      failover: slot.failover ?? false,
      twoPhase: slot.twoPhase,
      signal,
    });
    return created.consistentPoint;
  } catch (error) {
    // Someone else may have created it since.
    const raced = error instanceof PostgresError &&
      error.code === SQLSTATE.DUPLICATE_OBJECT;
    const found = raced ? await findSlot(connection, slot, signal) : null;
    if (found === null) throw error;
    return found.confirmed;
  }
}
