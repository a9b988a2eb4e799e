import type { Lsn } from "../lsn.ts";

/** The default size of a cluster's segments, unless `initdb --wal-segsize` changed it. */
export const DEFAULT_SEGMENT_SIZE: number = 16 * 1024 * 1024;

/** The WAL bytes in a file. */
export interface WalFile {
  /** The timeline that they belong to. */
  readonly timeline: number;
  /** The position of the first one. */
  readonly start: Lsn;
}

/**
 * Returns the name of the file that contains a WAL position, as the server names it.
 *
 * Source: `XLogFileName` in `src/include/access/xlog_internal.h`.
 *
 * @example
 * ```ts
 * import { parseLsn, walFileName } from "@walbrook/walbrook/wal";
 * import { assertEquals } from "@std/assert";
 *
 * const name = walFileName({ timeline: 1, start: parseLsn("16/B374D848") });
 * assertEquals(name, "0000000100000016000000B3");
 * ```
 *
 * @param file The timeline and any position in the file.
 * @param segmentSize The size of the cluster's segments, in bytes: `wal_segment_size`.
 * @returns The name, without a folder.
 * @throws {RangeError} If the size is not valid for a cluster.
 */
export function walFileName(
  { timeline, start }: WalFile,
  segmentSize: number = DEFAULT_SEGMENT_SIZE,
): string {
  const size = BigInt(checkSegmentSize(segmentSize));
  const segmentsPerId = 0x1_0000_0000n / size;
  const segment = start / size;
  return [BigInt(timeline), segment / segmentsPerId, segment % segmentsPerId]
    .map((part) => part.toString(16).toUpperCase().padStart(8, "0"))
    .join("");
}

/**
 * Parses the name of a WAL file.
 *
 * @example
 * ```ts
 * import { formatLsn, parseWalFileName } from "@walbrook/walbrook/wal";
 * import { assertEquals } from "@std/assert";
 *
 * const file = parseWalFileName("0000000100000016000000B3");
 * assertEquals(file?.timeline, 1);
 * assertEquals(file && formatLsn(file.start), "16/B3000000");
 * ```
 *
 * @param name The name, without a folder or a suffix.
 * @param segmentSize The size of the cluster's segments, in bytes.
 * @returns The content of the file; `null` if it is not the name of a WAL file.
 * @throws {RangeError} If the size is not valid for a cluster.
 */
export function parseWalFileName(
  name: string,
  segmentSize: number = DEFAULT_SEGMENT_SIZE,
): WalFile | null {
  const size = BigInt(checkSegmentSize(segmentSize));
  if (!/^[0-9A-F]{24}$/.test(name)) return null;
  const [timeline = 0, id = 0, rest = 0] = [0, 8, 16]
    .map((at) => Number.parseInt(name.slice(at, at + 8), 16));
  const segmentsPerId = 0x1_0000_0000n / size;
  if (timeline === 0 || BigInt(rest) >= segmentsPerId) return null;
  const segment = BigInt(id) * segmentsPerId + BigInt(rest);
  return { timeline, start: segment * size as Lsn };
}

/** Returns the start of the segment that contains a position. */
export function segmentStart(lsn: Lsn, segmentSize: number): Lsn {
  return lsn - lsn % BigInt(segmentSize) as Lsn;
}

/** Checks a size: a power of two from 1 MB to 1 GB. */
export function checkSegmentSize(size: number): number {
  const isPossible = Number.isInteger(Math.log2(size)) &&
    size >= 2 ** 20 && size <= 2 ** 30;
  if (isPossible) return size;
  throw new RangeError(
    `Cannot use segments of ${size} bytes: expected a power of two from 1 MB to 1 GB`,
  );
}
