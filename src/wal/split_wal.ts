import type { Lsn } from "../lsn.ts";
import type { WalBytes } from "./wal_event.ts";
import { walFileName } from "./wal_file.ts";

/**
 * Splits WAL bytes at the ends of the files.
 *
 * @param timeline The timeline that they belong to.
 * @param start The position of the first byte.
 * @param data The bytes, which are copied.
 * @param segmentSize The size of a file.
 */
export function splitWal(
  timeline: number,
  start: Lsn,
  data: Uint8Array,
  segmentSize: number,
): WalBytes[] {
  const parts: WalBytes[] = [];
  for (let at = 0; at < data.length;) {
    const from = start + BigInt(at) as Lsn;
    const offset = Number(from % BigInt(segmentSize));
    const length = Math.min(data.length - at, segmentSize - offset);
    parts.push({
      kind: "bytes",
      timeline,
      start: from,
      end: from + BigInt(length) as Lsn,
      fileName: walFileName({ timeline, start: from }, segmentSize),
      offset,
      completesFile: offset + length === segmentSize,
      data: data.slice(at, at + length),
    });
    at += length;
  }
  return parts;
}
