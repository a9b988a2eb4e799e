import { ProtocolError } from "../../errors.ts";

/** The transactions that a query sees, as returned by `pg_current_snapshot()`. */
export interface TransactionSnapshot {
  /** All transactions below it have ended. */
  readonly xmin: bigint;
  /** No transaction from here on had ended. */
  readonly xmax: bigint;
  /** The ids between the two whose transactions had not ended. */
  readonly inProgress: ReadonlySet<bigint>;
}

/**
 * Parses the text of a `pg_snapshot`, `xmin:xmax:xip,…`.
 *
 * Source: the manual, "Transaction ID and Snapshot Information Functions".
 *
 * @example
 * ```ts
 * import { parseSnapshot } from "@walbrook/walbrook/snapshot";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseSnapshot("10:20:10,14"), {
 *   xmin: 10n,
 *   xmax: 20n,
 *   inProgress: new Set([10n, 14n]),
 * });
 * ```
 *
 * @param text The server's text.
 * @returns The snapshot; its ids have 64 bits.
 * @throws {ProtocolError} If the text is not a snapshot.
 */
export function parseSnapshot(text: string): TransactionSnapshot {
  const match = /^(\d+):(\d+):((?:\d+(?:,\d+)*)?)$/.exec(text);
  if (match === null) {
    throw new ProtocolError(
      `Cannot read a snapshot: expected "xmin:xmax:xip", and the server sent ${
        JSON.stringify(text)
      }`,
    );
  }
  const [, xmin = "", xmax = "", list = ""] = match;
  const ids = list === "" ? [] : list.split(",").map(BigInt);
  return { xmin: BigInt(xmin), xmax: BigInt(xmax), inProgress: new Set(ids) };
}

/** Formats a snapshot in the format that {@linkcode parseSnapshot} reads. */
export function formatSnapshot(
  { xmin, xmax, inProgress }: TransactionSnapshot,
): string {
  return `${xmin}:${xmax}:${[...inProgress].join(",")}`;
}

/**
 * Extends a 32-bit transaction id, which wraps around after some billions, to the 64-bit id
 * that is closest to another one. (Ids in use at the same time are within 2^31 of each
 * other.)
 *
 * @param xid The id, as in the stream.
 * @param near A 64-bit id of about the same time.
 */
export function widenXid(xid: number, near: bigint): bigint {
  return near + BigInt.asIntN(32, BigInt(xid) - near);
}

/**
 * Returns whether a snapshot sees the changes of a committed transaction.
 *
 * @example
 * ```ts
 * import { isVisible, parseSnapshot } from "@walbrook/walbrook/snapshot";
 * import { assert } from "@std/assert";
 *
 * const snapshot = parseSnapshot("10:20:10,14");
 * assert(isVisible(13, snapshot));
 * assert(!isVisible(14, snapshot));
 * assert(!isVisible(20, snapshot));
 * ```
 *
 * @param xid The transaction's id: 32 bits, as in `transaction.xid` of the stream (its
 * top-level id), or 64 bits.
 * @param snapshot The snapshot.
 * @returns Whether its changes are visible.
 */
export function isVisible(
  xid: number | bigint,
  { xmin, xmax, inProgress }: TransactionSnapshot,
): boolean {
  const id = typeof xid === "bigint" ? xid : widenXid(xid, xmax);
  return id < xmin || (id < xmax && !inProgress.has(id));
}

/**
 * Returns the transactions that a snapshot must see but does not.
 *
 * @param guard Transactions with a lower id must be visible.
 * @param snapshot The snapshot.
 * @returns Their ids, as far as they are known; empty if it sees them all.
 */
export function missingBelow(
  guard: bigint,
  { xmax, inProgress }: TransactionSnapshot,
): readonly bigint[] {
  const missing = [...inProgress].filter((xid) => xid < guard);
  // Of those from xmax on, it is only known that they had not ended.
  return xmax < guard ? [...missing, xmax] : missing;
}
