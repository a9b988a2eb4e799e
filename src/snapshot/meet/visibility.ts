import { ProtocolError } from "../../errors.ts";

/** Which transactions a query sees, as `pg_current_snapshot()` tells it. */
export interface TransactionSnapshot {
  /** All transactions below it have ended. */
  readonly xmin: bigint;
  /** No transaction from here on had ended. */
  readonly xmax: bigint;
  /** Those between the two that had not ended. */
  readonly inProgress: ReadonlySet<bigint>;
}

/**
 * Reads the text of a `pg_snapshot`, `xmin:xmax:xip,…`.
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
 * @param text What the server wrote.
 * @returns The snapshot; its ids have 64 bits.
 * @throws {ProtocolError} If it is no such text.
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

/** Writes a snapshot as {@linkcode parseSnapshot} reads it. */
export function formatSnapshot(
  { xmin, xmax, inProgress }: TransactionSnapshot,
): string {
  return `${xmin}:${xmax}:${[...inProgress].join(",")}`;
}

/**
 * Widens a transaction id of 32 bits, which are used again after some billions, to the 64
 * bits that lie nearest to another one. (The ids that are in use at a time lie within 2^31 of
 * each other.)
 *
 * @param xid The id, as the stream has it.
 * @param near An id of 64 bits of about the same time.
 */
export function widenXid(xid: number, near: bigint): bigint {
  return near + BigInt.asIntN(32, BigInt(xid) - near);
}

/**
 * Tells whether a snapshot sees what a committed transaction did.
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
 * @param xid The transaction's id: of 32 bits, as `transaction.xid` of the stream has it (its
 * top-level id), or of 64 bits.
 * @param snapshot The snapshot.
 */
export function isVisible(
  xid: number | bigint,
  { xmin, xmax, inProgress }: TransactionSnapshot,
): boolean {
  const id = typeof xid === "bigint" ? xid : widenXid(xid, xmax);
  return id < xmin || (id < xmax && !inProgress.has(id));
}

/**
 * The transactions that a snapshot would have to see and does not.
 *
 * @param guard Those with a lower id are to be seen.
 * @param snapshot The snapshot.
 * @returns Their ids, those that are known of; empty if it sees them all.
 */
export function missingBelow(
  guard: bigint,
  { xmax, inProgress }: TransactionSnapshot,
): readonly bigint[] {
  const missing = [...inProgress].filter((xid) => xid < guard);
  // Of those from xmax on nothing is known but that they had not ended.
  return xmax < guard ? [...missing, xmax] : missing;
}
