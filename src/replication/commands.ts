import { quoteIdentifier, quoteLiteral, quoteSlotName } from "./quote.ts";
import { timelineId } from "./start_replication.ts";

/** What to do with the snapshot at the start of a new logical slot. */
export type SnapshotAction = "export" | "use" | "nothing";

/** Options for a new logical slot. */
export interface LogicalSlotOptions {
  /** A slot for logical decoding. */
  readonly kind: "logical";
  /**
   * The output plugin.
   *
   * @default {"pgoutput"}
   */
  readonly plugin?: string;
  /**
   * Whether the server drops the slot at the end of this connection, or at its first error.
   *
   * @default {false}
   */
  readonly temporary?: boolean;
  /**
   * `"export"` makes the snapshot available to other connections until the next command,
   * `"use"` uses it in the open transaction of this connection, and `"nothing"` discards it.
   *
   * @default {"nothing"}
   */
  readonly snapshot?: SnapshotAction;
  /**
   * Whether to decode two-phase transactions at PREPARE TRANSACTION. PostgreSQL 15
   * and later.
   *
   * @default {false}
   */
  readonly twoPhase?: boolean;
  /**
   * Whether standbys keep a copy of the slot, to continue with after a failover. PostgreSQL
   * 17 and later.
   *
   * @default {false}
   */
  readonly failover?: boolean;
}

/** Options for a new physical slot. */
export interface PhysicalSlotOptions {
  /** A slot for physical replication. */
  readonly kind: "physical";
  /**
   * Whether the server drops the slot at the end of this connection, or at its first error.
   *
   * @default {false}
   */
  readonly temporary?: boolean;
  /**
   * Whether to retain WAL from now on, not only from the first connection.
   *
   * @default {false}
   */
  readonly reserveWal?: boolean;
}

/** Options for a new slot of either kind. */
export type CreateSlotOptions = LogicalSlotOptions | PhysicalSlotOptions;

/**
 * Formats CREATE_REPLICATION_SLOT. Uses the option words that every version supports if they
 * suffice; otherwise the parenthesised list, which PostgreSQL 14 lacks.
 */
export function createReplicationSlot(
  slot: string,
  options: CreateSlotOptions,
): string {
  const words = ["CREATE_REPLICATION_SLOT", quoteSlotName(slot)];
  if (options.temporary) words.push("TEMPORARY");
  if (options.kind === "physical") {
    words.push("PHYSICAL");
    if (options.reserveWal) words.push("RESERVE_WAL");
  } else {
    words.push("LOGICAL", quoteIdentifier(options.plugin ?? "pgoutput"));
    words.push(logicalSlotOptions(options));
  }
  return words.join(" ");
}

function logicalSlotOptions(options: LogicalSlotOptions): string {
  const snapshot = options.snapshot ?? "nothing";
  if (!options.twoPhase && !options.failover) {
    return SNAPSHOT_WORDS[snapshot];
  }
  const list = [`SNAPSHOT ${quoteLiteral(snapshot)}`];
  if (options.twoPhase) list.push("TWO_PHASE");
  if (options.failover) list.push("FAILOVER");
  return `(${list.join(", ")})`;
}

const SNAPSHOT_WORDS: Readonly<Record<SnapshotAction, string>> = {
  export: "EXPORT_SNAPSHOT",
  use: "USE_SNAPSHOT",
  nothing: "NOEXPORT_SNAPSHOT",
};

/** The properties of a logical slot that can be changed. */
export interface AlterSlotOptions {
  /**
   * Whether standbys keep a copy of it. PostgreSQL 17 and later.
   *
   * @default {undefined} unchanged
   */
  readonly failover?: boolean;
  /**
   * Whether to decode at PREPARE TRANSACTION. PostgreSQL 18 and later.
   *
   * @default {undefined} unchanged
   */
  readonly twoPhase?: boolean;
}

/**
 * Formats ALTER_REPLICATION_SLOT.
 *
 * @throws {TypeError} If there is nothing to change.
 */
export function alterReplicationSlot(
  slot: string,
  options: AlterSlotOptions,
): string {
  const list: string[] = [];
  if (options.failover !== undefined) list.push(`FAILOVER ${options.failover}`);
  if (options.twoPhase !== undefined) {
    list.push(`TWO_PHASE ${options.twoPhase}`);
  }
  if (list.length === 0) {
    throw new TypeError(
      `Cannot alter replication slot "${slot}": neither failover nor twoPhase is given`,
    );
  }
  return `ALTER_REPLICATION_SLOT ${quoteSlotName(slot)} (${list.join(", ")})`;
}

/** Formats DROP_REPLICATION_SLOT; with `wait`, for a slot that may be in use. */
export function dropReplicationSlot(slot: string, wait: boolean): string {
  return `DROP_REPLICATION_SLOT ${quoteSlotName(slot)}${wait ? " WAIT" : ""}`;
}

/** Formats TIMELINE_HISTORY. */
export function timelineHistory(timeline: number): string {
  return `TIMELINE_HISTORY ${timelineId(timeline)}`;
}

/**
 * Formats SHOW.
 *
 * @throws {TypeError} If the name can't be that of a setting.
 */
export function show(setting: string): string {
  // The grammar accepts a bare name, with a dot in it for an extension's setting.
  if (/^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?$/.test(setting)) {
    return `SHOW ${setting}`;
  }
  throw new TypeError(
    `Cannot show ${JSON.stringify(setting)}: it is not the name of a setting`,
  );
}
