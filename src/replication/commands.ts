import { quoteIdentifier, quoteLiteral, quoteSlotName } from "./quote.ts";
import { timelineId } from "./start_replication.ts";

/** What to do with the snapshot that a new logical slot begins with. */
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
   * Whether the server drops the slot with this connection, or at the first error
   * on it.
   *
   * @default {false}
   */
  readonly temporary?: boolean;
  /**
   * `"export"` the snapshot for other connections until the next command, `"use"`
   * it in the transaction that is open on this one, or `"nothing"`.
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
   * Whether standbys keep a copy of the slot, to go on with after a failover.
   * PostgreSQL 17 and later.
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
   * Whether the server drops the slot with this connection, or at the first error
   * on it.
   *
   * @default {false}
   */
  readonly temporary?: boolean;
  /**
   * Whether to keep WAL from now on, not only from the first connection.
   *
   * @default {false}
   */
  readonly reserveWal?: boolean;
}

/** Options for a new slot of either kind. */
export type CreateSlotOptions = LogicalSlotOptions | PhysicalSlotOptions;

/**
 * Writes CREATE_REPLICATION_SLOT. The option words that every version takes are
 * used where they suffice; the parenthesised list, which 14 lacks, only for what
 * the words can't say.
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

/** What can be changed of a logical slot. */
export interface AlterSlotOptions {
  /** Whether standbys keep a copy of it. PostgreSQL 17 and later. */
  readonly failover?: boolean;
  /** Whether to decode at PREPARE TRANSACTION. PostgreSQL 18 and later. */
  readonly twoPhase?: boolean;
}

/**
 * Writes ALTER_REPLICATION_SLOT.
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

/** Writes DROP_REPLICATION_SLOT; with `wait`, for a slot that may be in use. */
export function dropReplicationSlot(slot: string, wait: boolean): string {
  return `DROP_REPLICATION_SLOT ${quoteSlotName(slot)}${wait ? " WAIT" : ""}`;
}

/** Writes TIMELINE_HISTORY. */
export function timelineHistory(timeline: number): string {
  return `TIMELINE_HISTORY ${timelineId(timeline)}`;
}

/**
 * Writes SHOW.
 *
 * @throws {TypeError} If the name can't be a setting's.
 */
export function show(setting: string): string {
  // The grammar takes a bare name, with a dot in it for an extension's setting.
  if (/^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?$/.test(setting)) {
    return `SHOW ${setting}`;
  }
  throw new TypeError(
    `Cannot show ${JSON.stringify(setting)}: it is no name of a setting`,
  );
}
