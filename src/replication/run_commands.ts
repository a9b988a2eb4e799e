import { type Lsn, parseServerLsn } from "../lsn.ts";
import type { CommandOptions, Session } from "../session/session.ts";
import { commandRow, textAt } from "./command_row.ts";
import {
  createReplicationSlot,
  type CreateSlotOptions,
  dropReplicationSlot,
  timelineHistory,
} from "./commands.ts";

/** The result of CREATE_REPLICATION_SLOT. */
export interface CreatedSlot {
  /** The slot's name. */
  readonly slotName: string;
  /** Transactions that commit after it are streamed. `0/0` for a physical slot. */
  readonly consistentPoint: Lsn;
  /** The exported snapshot, for SET TRANSACTION SNAPSHOT, or `null`. */
  readonly snapshotName: string | null;
  /** The output plugin; `null` for a physical slot. */
  readonly outputPlugin: string | null;
}

/** The result of TIMELINE_HISTORY. */
export interface TimelineHistory {
  /** The file's name, for example `00000002.history`. */
  readonly filename: string;
  /** Its content. */
  readonly content: string;
}

/** How to drop a slot. */
export interface DropSlotOptions {
  /**
   * Whether to wait until the slot is inactive.
   *
   * @default {false}
   */
  readonly wait?: boolean;
}

/** Runs CREATE_REPLICATION_SLOT. */
export async function runCreateReplicationSlot(
  session: Session,
  slot: string,
  options: CreateSlotOptions & CommandOptions,
): Promise<CreatedSlot> {
  const command = createReplicationSlot(slot, options);
  const row = await commandRow(session, command, options);
  return {
    slotName: textAt(row, 0, "CREATE_REPLICATION_SLOT"),
    consistentPoint: parseServerLsn(row[1] ?? null, "consistent_point"),
    snapshotName: row[2] ?? null,
    outputPlugin: row[3] ?? null,
  };
}

/** Runs DROP_REPLICATION_SLOT. */
export async function runDropReplicationSlot(
  session: Session,
  slot: string,
  options: DropSlotOptions & CommandOptions,
): Promise<void> {
  const command = dropReplicationSlot(slot, options.wait ?? false);
  await session.query(command, options);
}

/** Runs TIMELINE_HISTORY. */
export async function runTimelineHistory(
  session: Session,
  timeline: number,
  options: CommandOptions,
): Promise<TimelineHistory> {
  const row = await commandRow(session, timelineHistory(timeline), options);
  return {
    filename: textAt(row, 0, "TIMELINE_HISTORY"),
    content: textAt(row, 1, "TIMELINE_HISTORY"),
  };
}
