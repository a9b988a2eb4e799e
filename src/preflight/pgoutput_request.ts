import { writeOptions } from "../pgoutput/write_options.ts";

/** The options that a subscription requests from pgoutput, for any server version. */
export interface PgoutputRequest {
  /** The publications to follow. */
  readonly publications: readonly string[];
  /** Whether to request messages of `pg_logical_emit_message`. */
  readonly messages: boolean;
  /** Whether to request values in binary format. */
  readonly binary: boolean;
  /** The origins whose changes to request; `undefined` for the server's default. */
  readonly origin: "any" | "none" | undefined;
  /** Whether to request transactions that have not ended. */
  readonly streaming: boolean;
  /** Whether to request transactions when they are prepared. */
  readonly twoPhase: boolean;
  /** The protocol version; `undefined` for the newest one. */
  readonly protocolVersion: 1 | 2 | 3 | 4 | undefined;
}

/**
 * Chooses the protocol version, and builds pgoutput's start options.
 *
 * Blocks are requested with `streaming` `'on'`, not `'parallel'`: the additional information,
 * where and when a transaction was rolled back, is of no use to a client that buffers the
 * blocks.
 *
 * Source: the manual, "Logical Streaming Replication Parameters".
 *
 * @param wishes The requested options.
 * @param serverMajor The server's major version.
 * @returns The options by name.
 * @throws {RangeError} If the server or the protocol version does not support an option.
 */
export async function pgoutputOptionsFor(
  { protocolVersion, origin, ...others }: PgoutputRequest,
  serverMajor: number,
): Promise<Record<string, string>> {
  const newest = newestVersion(serverMajor);
  const options = {
    protocolVersion: protocolVersion ?? newest,
    ...others,
    // Older servers lack the option, whose default is "any".
    ...(origin === "none" ? { origin } : {}),
  };
  // The newest version of every server supports everything else.
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
