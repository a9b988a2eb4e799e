import type { ByteCursor } from "../bytes/byte_cursor.ts";
import type { Lsn } from "../lsn.ts";
import { decodeSchema } from "./decode_relation.ts";
import type { TypeMessage } from "./message.ts";

/** Reads what follows the type byte of Type. */
export function decodeType(cursor: ByteCursor, walStart: Lsn): TypeMessage {
  return {
    kind: "type",
    walStart,
    oid: cursor.uint32(),
    schema: decodeSchema(cursor),
    name: cursor.string(),
  };
}
