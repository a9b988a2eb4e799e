import type { PgoutputOptions } from "../pgoutput/start_options.ts";

/** What a subscription wants of pgoutput, whatever the server's version. */
export interface PgoutputWishes {
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
 * Chooses the protocol version, and says what to start pgoutput with.
 *
 * Blocks are asked for with `streaming` `'on'`, not `'parallel'`: what the latter adds,
 * where and when a transaction was rolled back, is of no use to who holds the blocks
 * back.
 *
 * Source: the manual, "Logical Streaming Replication Parameters".
 *
 * @param wishes What is wanted.
 * @param serverMajor The server's major version.
 * @throws {RangeError} If the server, or the protocol version, does not have it.
 */
export function pgoutputOptionsFor(
  wishes: PgoutputWishes,
  serverMajor: number,
): PgoutputOptions {
  const { publications, messages, binary, origin, streaming, twoPhase } =
    wishes;
  const newest = newestVersion(serverMajor);
  const protocolVersion = wishes.protocolVersion ?? newest;
  if (protocolVersion > newest) {
    throw lacking(`protocol version ${protocolVersion}`, serverMajor);
  }
  if (twoPhase && serverMajor < 15) throw lacking("twoPhase", serverMajor);
  if (origin === "none" && serverMajor < 16) {
    throw lacking('origin "none"', serverMajor);
  }
  return {
    protocolVersion,
    publications,
    messages,
    binary,
    streaming,
    twoPhase,
    // Older servers don't know the option, whose default is "any".
    ...(origin === "none" ? { origin } : {}),
  };
}

function newestVersion(serverMajor: number): number {
  if (serverMajor >= 16) return 4;
  return serverMajor === 15 ? 3 : 2;
}

function lacking(what: string, serverMajor: number): RangeError {
  return new RangeError(
    `Cannot subscribe with ${what}: PostgreSQL ${serverMajor} does not have it; leave it out, or use a newer server`,
  );
}
