import type { Lsn } from "../lsn.ts";
import { base, relationOf } from "./decode_action.ts";
import { decodeColumnLists, decodeKeyColumnLists } from "./decode_columns.ts";
import { Fields, malformed } from "./fields.ts";
import type { JsonValue } from "./json_reader.ts";
import type {
  Wal2jsonChange,
  Wal2jsonColumn,
  Wal2jsonKeyColumn,
  Wal2jsonLogicalMessage,
  Wal2jsonTransaction,
} from "./message.ts";

/** Reads a message of format 1: a transaction, or a message outside of transactions. */
export function decodeTransaction(
  fields: Fields,
  walStart: Lsn,
): Wal2jsonTransaction | Wal2jsonLogicalMessage {
  const changes = fields.list("change").map((one) => change(one, walStart));
  const [first, ...others] = changes;
  const isAlone = first?.kind === "message" && !first.transactional &&
    others.length === 0;
  if (isAlone) return first;
  return {
    ...base("transaction", fields, walStart),
    nextLsn: fields.lsnOrNull("nextlsn"),
    changes,
  };
}

function change(value: JsonValue, walStart: Lsn): Wal2jsonChange {
  const fields = new Fields(value);
  const kind = fields.string("kind");
  switch (kind) {
    case "insert":
      return {
        ...base(kind, fields, walStart),
        relation: relationOf(fields),
        columns: decodeColumnLists(fields, "column"),
        primaryKey: primaryKey(fields),
      };
    case "update":
      return {
        ...base(kind, fields, walStart),
        relation: relationOf(fields),
        columns: decodeColumnLists(fields, "column"),
        identity: oldKeys(fields),
        primaryKey: primaryKey(fields),
      };
    case "delete":
      return {
        ...base(kind, fields, walStart),
        relation: relationOf(fields),
        identity: oldKeys(fields),
        primaryKey: primaryKey(fields),
      };
    case "message":
      return {
        ...base(kind, fields, walStart),
        transactional: fields.boolean("transactional"),
        prefix: fields.string("prefix"),
        content: fields.string("content"),
      };
    default:
      throw malformed(`unknown kind ${JSON.stringify(kind)}`);
  }
}

function oldKeys(fields: Fields): Wal2jsonColumn[] {
  if (!fields.has("oldkeys")) return [];
  return decodeColumnLists(new Fields(fields.value("oldkeys")), "key");
}

function primaryKey(fields: Fields): Wal2jsonKeyColumn[] | null {
  if (!fields.has("pk")) return null;
  return decodeKeyColumnLists(new Fields(fields.value("pk")), "pk");
}
