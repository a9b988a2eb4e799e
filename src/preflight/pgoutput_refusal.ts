import { checkVersions } from "../pgoutput/start_options.ts";
import type { PgoutputOptions } from "../pgoutput/pgoutput_options.ts";

/**
 * Refuses what a server, or a protocol version, does not have.
 *
 * @param options What is asked for.
 * @param server Its major version, and its newest protocol version.
 * @throws {RangeError} If it does not have it.
 */
export function checkSupported(
  options: PgoutputOptions,
  { serverMajor, newest }: {
    readonly serverMajor: number;
    readonly newest: number;
  },
): void {
  const { protocolVersion, twoPhase, origin } = options;
  if (protocolVersion > newest) {
    throw lacking(`protocol version ${protocolVersion}`, serverMajor);
  }
  if (twoPhase && serverMajor < 15) throw lacking("twoPhase", serverMajor);
  if (origin === "none" && serverMajor < 16) {
    throw lacking('origin "none"', serverMajor);
  }
  checkVersions(options);
}

function lacking(what: string, serverMajor: number): RangeError {
  return new RangeError(
    `Cannot subscribe with ${what}: PostgreSQL ${serverMajor} does not have it; leave it out, or use a newer server`,
  );
}
