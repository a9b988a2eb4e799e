import type { ByteCursor } from "../bytes/byte_cursor.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import type { Lsn } from "../lsn.ts";
import { decodeTuple } from "./decode_tuple.ts";
import type {
  DeleteMessage,
  InsertMessage,
  LogicalMessage,
  TruncateMessage,
  UpdateMessage,
} from "./message.ts";
import { TUPLE_PART } from "./message_type.ts";
import type { TupleData } from "./tuple.ts";

const { KEY, OLD, NEW } = TUPLE_PART;

/** Reads what follows the type byte of Insert. */
export function decodeInsert(cursor: ByteCursor, walStart: Lsn): InsertMessage {
  return {
    kind: "insert",
    walStart,
    relationOid: cursor.uint32(),
    newTuple: newTuple(cursor, cursor.uint8()),
  };
}

/** Reads what follows the type byte of Update. */
export function decodeUpdate(cursor: ByteCursor, walStart: Lsn): UpdateMessage {
  const relationOid = cursor.uint32();
  let part = cursor.uint8();
  let keyTuple: TupleData | null = null;
  let oldTuple: TupleData | null = null;
  if (part === KEY) {
    keyTuple = decodeTuple(cursor);
    part = cursor.uint8();
  } else if (part === OLD) {
    oldTuple = decodeTuple(cursor);
    part = cursor.uint8();
  }
  return {
    kind: "update",
    walStart,
    relationOid,
    keyTuple,
    oldTuple,
    newTuple: newTuple(cursor, part),
  };
}

/** Reads what follows the type byte of Delete. */
export function decodeDelete(cursor: ByteCursor, walStart: Lsn): DeleteMessage {
  const relationOid = cursor.uint32();
  const part = cursor.uint8();
  if (part !== KEY && part !== OLD) {
    throw cursor.error(
      `unknown tuple ${describeByte(part)} where a key or an old row belongs`,
    );
  }
  const tuple = decodeTuple(cursor);
  return {
    kind: "delete",
    walStart,
    relationOid,
    keyTuple: part === KEY ? tuple : null,
    oldTuple: part === OLD ? tuple : null,
  };
}

/** Reads what follows the type byte of Truncate. */
export function decodeTruncate(
  cursor: ByteCursor,
  walStart: Lsn,
): TruncateMessage {
  const length = cursor.int32();
  const flags = cursor.uint8();
  const count = cursor.count(length, 4);
  const relationOids: number[] = [];
  for (let i = 0; i < count; i++) relationOids.push(cursor.uint32());
  return {
    kind: "truncate",
    walStart,
    relationOids,
    cascade: (flags & 1) !== 0,
    restartIdentity: (flags & 2) !== 0,
  };
}

/** Reads what follows the type byte of Message. */
export function decodeLogicalMessage(
  cursor: ByteCursor,
  walStart: Lsn,
): LogicalMessage {
  return {
    kind: "message",
    walStart,
    transactional: (cursor.uint8() & 1) !== 0,
    lsn: cursor.lsn(),
    prefix: cursor.string(),
    content: cursor.bytes(cursor.int32()).slice(),
  };
}

function newTuple(cursor: ByteCursor, part: number): TupleData {
  if (part === NEW) return decodeTuple(cursor);
  throw cursor.error(
    `unknown tuple ${describeByte(part)} where the new row belongs`,
  );
}
