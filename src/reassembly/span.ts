import {
  ChunkXLogData,
  type XLogData,
} from "../replication/copy_both_message.ts";

/** Where a message lies, without making a view of it. */
export interface Span {
  /** What it lies in. */
  readonly bytes: Uint8Array;
  /** Where it starts. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/** Says where the payload of a message lies. */
export function spanOf(message: XLogData): Span {
  if (message instanceof ChunkXLogData) return message;
  const { data } = message;
  return { bytes: data, start: 0, end: data.length };
}

/** The type byte of a message of pgoutput; 0 for none. */
export function typeOf(message: XLogData): number {
  return message instanceof ChunkXLogData ? message.type : message.data[0] ?? 0;
}
