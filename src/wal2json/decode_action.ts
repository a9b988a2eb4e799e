import type { Lsn } from "../lsn.ts";
import { decodeColumns, decodeKeyColumns } from "./decode_columns.ts";
import { type Fields, malformed } from "./fields.ts";
import type {
  Wal2jsonMessage,
  Wal2jsonMessageBase,
  Wal2jsonRelation,
} from "./message.ts";

/** Reads a message of format 2. */
export function decodeAction(fields: Fields, walStart: Lsn): Wal2jsonMessage {
  const action = fields.string("action");
  switch (action) {
    case "B":
    case "C":
      return {
        ...base(action === "B" ? "begin" : "commit", fields, walStart),
        nextLsn: fields.lsnOrNull("nextlsn"),
      };
    case "I":
      return {
        ...base("insert", fields, walStart),
        relation: relationOf(fields),
        columns: decodeColumns(fields.list("columns")),
        primaryKey: decodeKeyColumns(fields.listOrNull("pk")),
      };
    case "U":
      return {
        ...base("update", fields, walStart),
        relation: relationOf(fields),
        columns: decodeColumns(fields.list("columns")),
        identity: decodeColumns(fields.list("identity")),
        primaryKey: decodeKeyColumns(fields.listOrNull("pk")),
      };
    case "D":
      return {
        ...base("delete", fields, walStart),
        relation: relationOf(fields),
        identity: decodeColumns(fields.list("identity")),
        primaryKey: decodeKeyColumns(fields.listOrNull("pk")),
      };
    case "T":
      return {
        ...base("truncate", fields, walStart),
        relation: relationOf(fields),
      };
    case "M":
      return {
        ...base("message", fields, walStart),
        transactional: fields.boolean("transactional"),
        prefix: fields.string("prefix"),
        content: fields.string("content"),
      };
    default:
      throw malformed(`unknown action ${JSON.stringify(action)}`);
  }
}

/** Reads the common members of all messages. */
export function base<K extends Wal2jsonMessage["kind"]>(
  kind: K,
  fields: Fields,
  walStart: Lsn,
): Wal2jsonMessageBase<K> {
  return {
    kind,
    walStart,
    xid: fields.uint32OrNull("xid"),
    commitTime: fields.timeOrNull("timestamp"),
    origin: fields.uint32OrNull("origin"),
    lsn: fields.lsnOrNull("lsn"),
  };
}

/** Reads the table of a change. */
export function relationOf(fields: Fields): Wal2jsonRelation {
  return {
    schema: fields.stringOrNull("schema"),
    name: fields.string("table"),
  };
}
