import type { PgoutputOptions } from "./pgoutput_options.ts";
import { writeOptions } from "./write_options.ts";

const NEWEST_VERSION = 4;

/**
 * Formats the options of the output plugin for START_REPLICATION, as names and values that
 * must still be quoted for the command.
 *
 * The names of publications are quoted as identifiers, since the server parses their list
 * like SQL: otherwise `Shop` would mean `shop`, and `a,b` two publications.
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
 * @param options The options to request.
 * @returns The options by name.
 * @throws {TypeError} If there is no publication, or an invalid name.
 * @throws {RangeError} If the version does not exist, or an option needs a later one.
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
 * Checks the version, and that it supports the requested options.
 *
 * @throws {RangeError} If the version does not exist, or an option needs a later one.
 */
export function checkVersions(options: PgoutputOptions): void {
  const { protocolVersion } = options;
  if (
    !Number.isInteger(protocolVersion) || protocolVersion < 1 ||
    protocolVersion > NEWEST_VERSION
  ) {
    throw new RangeError(
      `Cannot request protocol version ${protocolVersion}: expected an integer from 1 to ${NEWEST_VERSION}`,
    );
  }
  for (const [option, needed] of versionsNeeded(options)) {
    if (needed <= protocolVersion) continue;
    throw new RangeError(
      `Cannot request ${option} with protocol version ${protocolVersion}: it needs version ${needed}`,
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
