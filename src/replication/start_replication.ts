import { formatLsn, INVALID_LSN, type Lsn } from "../lsn.ts";
import { quoteIdentifier, quoteLiteral, quoteSlotName } from "./quote.ts";

/** The options of a logical stream. */
export interface StartLogicalOptions {
  /** Decoded changes. */
  readonly kind: "logical";
  /** The slot. */
  readonly slot: string;
  /**
   * The start position. The server starts at the slot's `confirmed_flush_lsn` if that is
   * later; transactions that committed before the start are skipped.
   *
   * @default {INVALID_LSN} the slot's position
   */
  readonly start?: Lsn;
  /**
   * The output plugin's options: names and values, all text.
   *
   * @default {{}}
   */
  readonly pluginOptions?: Readonly<Record<string, string>>;
}

/** The options of a physical stream. */
export interface StartPhysicalOptions {
  /** WAL as it is written. */
  readonly kind: "physical";
  /**
   * The slot that retains WAL until it is sent.
   *
   * @default {undefined} none: the server may remove WAL before it is sent
   */
  readonly slot?: string;
  /** The position of the first byte. */
  readonly start: Lsn;
  /**
   * The timeline of `start`.
   *
   * @default {undefined} the server's current one
   */
  readonly timeline?: number;
}

/** The options of a stream of either kind. */
export type StartReplicationOptions =
  | StartLogicalOptions
  | StartPhysicalOptions;

/** Formats START_REPLICATION. */
export function startReplication(options: StartReplicationOptions): string {
  return options.kind === "logical"
    ? startLogicalReplication(options)
    : startPhysicalReplication(options);
}

/** Formats START_REPLICATION for decoded changes. */
export function startLogicalReplication(
  { slot, start = INVALID_LSN, pluginOptions = {} }: StartLogicalOptions,
): string {
  const list = pluginOptionList(pluginOptions);
  return `START_REPLICATION SLOT ${quoteSlotName(slot)} LOGICAL ${
    formatLsn(start)
  }${list}`;
}

function startPhysicalReplication(
  { slot, start, timeline }: StartPhysicalOptions,
): string {
  const words = ["START_REPLICATION"];
  if (slot !== undefined) words.push("SLOT", quoteSlotName(slot));
  words.push("PHYSICAL", formatLsn(start));
  if (timeline !== undefined) words.push(`TIMELINE ${timelineId(timeline)}`);
  return words.join(" ");
}

function pluginOptionList(options: Readonly<Record<string, string>>): string {
  const list = Object.entries(options).map(([name, value]) =>
    `${quoteIdentifier(name)} ${quoteLiteral(value)}`
  );
  return list.length === 0 ? "" : ` (${list.join(", ")})`;
}

/**
 * Checks the number of a timeline.
 *
 * @throws {RangeError} If it is not valid.
 */
export function timelineId(timeline: number): number {
  if (Number.isInteger(timeline) && timeline > 0 && timeline < 2 ** 32) {
    return timeline;
  }
  throw new RangeError(
    `Cannot use ${timeline} as a timeline: timelines are whole numbers from 1`,
  );
}
