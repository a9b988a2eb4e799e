import { ByteWriter } from "../../bytes/byte_writer.ts";
import { toServerMicros, type UnixMicros } from "../../timestamp.ts";
import type { Lsn } from "../../lsn.ts";
import { baseOf, type DataType } from "../catalog/data_type.ts";
import {
  identityKey,
  type TableVersion,
  type TextRow,
} from "../catalog/table_version.ts";
import type { Change, LoggedTransaction, OldRow } from "../wal/change.ts";

// The messages of pgoutput. Source: the manual, "Logical Replication Message Formats", and
// for what it leaves open, `src/backend/replication/logical/proto.c`.

const UTF8 = new TextEncoder();

/** Begin. */
export function begin(
  { commitLsn, commitTime, xid }: LoggedTransaction,
): Uint8Array {
  return time(letter("B").uint64(commitLsn), commitTime).uint32(xid).finish();
}

/** Commit. */
export function commit(
  { commitLsn, endLsn, commitTime }: LoggedTransaction,
): Uint8Array {
  const writer = letter("C").uint8(0).uint64(commitLsn).uint64(endLsn);
  return time(writer, commitTime).finish();
}

/** Origin. Its position is that of the commit there, which the fake server does not know. */
export function origin(name: string): Uint8Array {
  return letter("O").uint64(0n).string(name).finish();
}

/** Relation. */
export function relation(table: TableVersion): Uint8Array {
  const { oid, schema, name, replicaIdentity, columns } = table;
  const key = identityKey(table);
  const writer = letter("R").uint32(oid);
  namespace(writer, schema).string(name).uint8(replicaIdentity.charCodeAt(0));
  writer.int16(columns.length);
  for (const { number, name, type } of columns) {
    const isKey = replicaIdentity === "f" || key?.includes(number) === true;
    writer.uint8(isKey ? 1 : 0).string(name);
    writer.uint32(type.type.oid).int32(type.modifier);
  }
  return writer.finish();
}

/** Type. A domain has the name of its base type. */
export function type(type: DataType): Uint8Array {
  const { schema, name } = baseOf(type);
  const writer = letter("Y").uint32(type.oid);
  return namespace(writer, schema).string(name).finish();
}

/** Insert, Update, Delete, Truncate or Message. */
export function change(change: Change): Uint8Array {
  switch (change.kind) {
    case "insert": {
      const writer = letter("I").uint32(change.table.oid);
      return tuple(writer, "N", change.table, change.newRow).finish();
    }
    case "update": {
      const { table, oldRow, newRow, unchanged } = change;
      const writer = letter("U").uint32(table.oid);
      if (oldRow !== null) oldTuple(writer, table, oldRow);
      return tuple(writer, "N", table, newRow, unchanged).finish();
    }
    case "delete": {
      const writer = letter("D").uint32(change.table.oid);
      return oldTuple(writer, change.table, change.oldRow).finish();
    }
    case "truncate": {
      const { tables, cascade, restartIdentity } = change;
      const writer = letter("T").int32(tables.length);
      writer.uint8((cascade ? 1 : 0) | (restartIdentity ? 2 : 0));
      for (const { oid } of tables) writer.uint32(oid);
      return writer.finish();
    }
    case "message":
      return message(change, true);
  }
}

/** Message. */
export function message(
  { lsn, prefix, content }: {
    readonly lsn: Lsn;
    readonly prefix: string;
    readonly content: Uint8Array;
  },
  isTransactional: boolean,
): Uint8Array {
  return letter("M").uint8(isTransactional ? 1 : 0).uint64(lsn).string(prefix)
    .int32(content.length).bytes(content).finish();
}

function oldTuple(
  writer: ByteWriter,
  table: TableVersion,
  { kind, row }: OldRow,
): ByteWriter {
  return tuple(writer, kind === "key" ? "K" : "O", table, row);
}

function tuple(
  writer: ByteWriter,
  kind: "K" | "N" | "O",
  { columns }: TableVersion,
  row: TextRow,
  unchanged: readonly number[] = [],
): ByteWriter {
  writer.uint8(kind.charCodeAt(0)).int16(columns.length);
  for (const { number } of columns) {
    const text = row[number - 1] ?? null;
    if (text === null) {
      writer.uint8(0x6e); // n
    } else if (unchanged.includes(number)) {
      writer.uint8(0x75); // u
    } else {
      const bytes = UTF8.encode(text);
      writer.uint8(0x74).int32(bytes.length).bytes(bytes); // t
    }
  }
  return writer;
}

function letter(type: string): ByteWriter {
  return new ByteWriter().uint8(type.charCodeAt(0));
}

// The server writes an empty name for pg_catalog.
function namespace(writer: ByteWriter, schema: string): ByteWriter {
  return writer.string(schema === "pg_catalog" ? "" : schema);
}

function time(writer: ByteWriter, time: UnixMicros): ByteWriter {
  return writer.int64(toServerMicros(time));
}
