import { formatLsn, INVALID_LSN, type Lsn } from "../lsn.ts";
import { quoteIdentifier, quoteLiteral } from "./quote.ts";

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
  const words = ["CREATE_REPLICATION_SLOT", quoteIdentifier(slot)];
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
  return `ALTER_REPLICATION_SLOT ${quoteIdentifier(slot)} (${list.join(", ")})`;
}

/** Writes DROP_REPLICATION_SLOT; with `wait`, for a slot that may be in use. */
export function dropReplicationSlot(slot: string, wait: boolean): string {
  return `DROP_REPLICATION_SLOT ${quoteIdentifier(slot)}${wait ? " WAIT" : ""}`;
}

/** What a logical stream starts with. */
export interface StartLogicalOptions {
  /** Decoded changes. */
  readonly kind: "logical";
  /** The slot. */
  readonly slot: string;
  /**
   * Where to start. The server starts at the slot's `confirmed_flush_lsn` if that is
   * later; transactions that committed before the start are skipped.
   *
   * @default {INVALID_LSN} where the slot stands
   */
  readonly start?: Lsn;
  /** The output plugin's options: names and values, all text. */
  readonly pluginOptions?: Readonly<Record<string, string>>;
}

/** What a physical stream starts with. */
export interface StartPhysicalOptions {
  /** WAL as it is written. */
  readonly kind: "physical";
  /**
   * The slot that keeps WAL until it is sent.
   *
   * @default {undefined} none: the server may drop WAL before it is sent
   */
  readonly slot?: string;
  /** The first byte wanted. */
  readonly start: Lsn;
  /**
   * The timeline that `start` lies on.
   *
   * @default {undefined} the server's present one
   */
  readonly timeline?: number;
}

/** What a stream of either kind starts with. */
export type StartReplicationOptions =
  | StartLogicalOptions
  | StartPhysicalOptions;

/** Writes START_REPLICATION. */
export function startReplication(options: StartReplicationOptions): string {
  const words = ["START_REPLICATION"];
  if (options.slot !== undefined) {
    words.push("SLOT", quoteIdentifier(options.slot));
  }
  words.push(
    options.kind === "logical" ? "LOGICAL" : "PHYSICAL",
    formatLsn(options.start ?? INVALID_LSN),
  );
  if (options.kind === "physical") {
    if (options.timeline !== undefined) {
      words.push(`TIMELINE ${timelineId(options.timeline)}`);
    }
  } else {
    words.push(pluginOptionList(options.pluginOptions ?? {}));
  }
  return words.join(" ").trimEnd();
}

function pluginOptionList(options: Readonly<Record<string, string>>): string {
  const list = Object.entries(options).map(([name, value]) =>
    `${quoteIdentifier(name)} ${quoteLiteral(value)}`
  );
  return list.length === 0 ? "" : `(${list.join(", ")})`;
}

/** Writes TIMELINE_HISTORY. */
export function timelineHistory(timeline: number): string {
  return `TIMELINE_HISTORY ${timelineId(timeline)}`;
}

function timelineId(timeline: number): number {
  if (Number.isInteger(timeline) && timeline > 0 && timeline < 2 ** 32) {
    return timeline;
  }
  throw new RangeError(
    `Cannot use ${timeline} as a timeline: timelines are whole numbers from 1`,
  );
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
