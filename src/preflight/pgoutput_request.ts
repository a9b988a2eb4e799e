import { writeOptions } from "../pgoutput/write_options.ts";

/** What a subscription wants of pgoutput, whatever the server's version. */
export interface PgoutputRequest {
  /** The publications to follow. */
  readonly publications: readonly string[];
  /** Whether to ask for what `pg_logical_emit_message` sends. */
  readonly messages: boolean;
  /** Whether to ask for values in binary format. */
  readonly binary: boolean;
  /** Whose changes to ask for; `undefined` for the server's default. */
  readonly origin: "any" | "none" | undefined;
  /** Whether to ask for transactions that have not ended. */
  readonly streaming: boolean;
  /** Whether to ask for transactions when they are prepared. */
  readonly twoPhase: boolean;
  /** The protocol version; `undefined` for the newest. */
  readonly protocolVersion: 1 | 2 | 3 | 4 | undefined;
}

/**
 * Chooses the protocol version, and writes what to start pgoutput with.
 *
 * Blocks are asked for with `streaming` `'on'`, not `'parallel'`: what the latter adds,
 * where and when a transaction was rolled back, is of no use to who holds the blocks
 * back.
 *
 * Source: the manual, "Logical Streaming Replication Parameters".
 *
 * @param wishes What is wanted.
 * @param serverMajor The server's major version.
 * @returns The options by name.
 * @throws {RangeError} If the server, or the protocol version, does not have it.
 */
export async function pgoutputOptionsFor(
  { protocolVersion, origin, ...others }: PgoutputRequest,
  serverMajor: number,
): Promise<Record<string, string>> {
  const newest = newestVersion(serverMajor);
  const options = {
    protocolVersion: protocolVersion ?? newest,
    ...others,
    // Older servers don't know the option, whose default is "any".
    ...(origin === "none" ? { origin } : {}),
  };
  // All else is there with the newest version of every server.
  if (protocolVersion !== undefined || others.twoPhase || origin === "none") {
    const { checkSupported } = await import("./refusals.ts");
    checkSupported(options, { serverMajor, newest });
  }
  return writeOptions(options);
}

function newestVersion(serverMajor: number): number {
  if (serverMajor >= 16) return 4;
  return serverMajor === 15 ? 3 : 2;
}
