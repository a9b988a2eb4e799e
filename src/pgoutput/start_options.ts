import { writeOptions } from "./write_options.ts";

const NEWEST_VERSION = 4;

/**
 * What to ask of the output plugin. Options that are left out, or `false`, are not
 * sent, since the server's default is the same, and older servers don't know all.
 *
 * Source: the manual, "Logical Streaming Replication Parameters".
 */
export interface PgoutputOptions {
  /**
   * The version of the messages. PostgreSQL 14 has 1 and 2, 15 also 3, and 16 to
   * 19 also 4; there is no other.
   */
  readonly protocolVersion: number;
  /** The publications whose tables to send; at least one. */
  readonly publications: readonly string[];
  /**
   * Whether to send what was written with `pg_logical_emit_message`.
   *
   * @default {false}
   */
  readonly messages?: boolean;
  /**
   * Whether to send values in the binary format of their types.
   *
   * @default {false}
   */
  readonly binary?: boolean;
  /**
   * Whether to send large transactions before they are complete: needs version
   * 2, and `"parallel"` version 4.
   *
   * @default {false}
   */
  readonly streaming?: boolean | "parallel";
  /**
   * Whether to send prepared transactions when they are prepared: needs version 3.
   * The server marks the slot for good.
   *
   * @default {false}
   */
  readonly twoPhase?: boolean;
  /**
   * `"none"` leaves out what was itself replicated. PostgreSQL 16 and later.
   *
   * @default {"any"}
   */
  readonly origin?: "none" | "any";
}

/**
 * Writes the options of the output plugin for START_REPLICATION, as names and
 * values that are still to be quoted for the command.
 *
 * The names of publications come out quoted as identifiers, since the server takes
 * their list apart as SQL does: otherwise `Shop` would mean `shop`, and `a,b` two
 * publications.
 *
 * @example
 * ```ts
 * import { pgoutputOptions } from "@walbrook/walbrook/pgoutput";
 * import { assertEquals } from "@std/assert";
 *
 * const options = pgoutputOptions({
 *   protocolVersion: 1,
 *   publications: ["shop", "Stock"],
 *   messages: true,
 * });
 * assertEquals(options, {
 *   proto_version: "1",
 *   publication_names: '"shop","Stock"',
 *   messages: "true",
 * });
 * ```
 *
 * @param options What to ask for.
 * @returns The options by name.
 * @throws {TypeError} If there is no publication, or a name that can't be one.
 * @throws {RangeError} If there is no such version, or an option needs a later one.
 */
export function pgoutputOptions(
  options: PgoutputOptions,
): Record<string, string> {
  checkVersions(options);
  if (options.publications.length === 0) {
    throw new TypeError(
      "Cannot start pgoutput without a publication: name at least one",
    );
  }
  return writeOptions(options);
}

/**
 * Checks the version, and that it has what is asked for.
 *
 * @throws {RangeError} If there is no such version, or an option needs a later one.
 */
export function checkVersions(options: PgoutputOptions): void {
  const { protocolVersion } = options;
  if (
    !Number.isInteger(protocolVersion) || protocolVersion < 1 ||
    protocolVersion > NEWEST_VERSION
  ) {
    throw new RangeError(
      `Cannot ask for protocol version ${protocolVersion}: expected an integer from 1 to ${NEWEST_VERSION}`,
    );
  }
  for (const [option, needed] of versionsNeeded(options)) {
    if (needed <= protocolVersion) continue;
    throw new RangeError(
      `Cannot ask for ${option} with protocol version ${protocolVersion}: it needs version ${needed}`,
    );
  }
}

function versionsNeeded(
  { streaming, twoPhase }: PgoutputOptions,
): [option: string, version: number][] {
  return [
    ['streaming "parallel"', streaming === "parallel" ? 4 : 1],
    ["streaming", streaming ? 2 : 1],
    ["twoPhase", twoPhase ? 3 : 1],
  ];
}
