import type { ByteCursor } from "../bytes/byte_cursor.ts";
import type { Lsn } from "../lsn.ts";
import type { OriginMessage } from "./message.ts";

/** Reads what follows the type byte of Origin. */
export function decodeOrigin(cursor: ByteCursor, walStart: Lsn): OriginMessage {
  return {
    kind: "origin",
    walStart,
    commitLsn: cursor.lsn(),
    name: cursor.string(),
  };
}
