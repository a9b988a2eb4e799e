import type { ByteCursor } from "../bytes/byte_cursor.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import type { Lsn } from "../lsn.ts";
import type {
  RelationColumn,
  RelationMessage,
  ReplicaIdentity,
} from "./message.ts";

// The fields of each object are in the order of the wire, in which they are read.

/** Reads what follows the type byte of Relation. */
export function decodeRelation(
  cursor: ByteCursor,
  walStart: Lsn,
): RelationMessage {
  return {
    kind: "relation",
    walStart,
    oid: cursor.uint32(),
    schema: decodeSchema(cursor),
    name: cursor.string(),
    replicaIdentity: decodeReplicaIdentity(cursor),
    columns: decodeColumns(cursor),
  };
}

function decodeReplicaIdentity(cursor: ByteCursor): ReplicaIdentity {
  const identity = cursor.uint8();
  switch (identity) {
    case 0x64: // d
      return "default";
    case 0x6e: // n
      return "nothing";
    case 0x66: // f
      return "full";
    case 0x69: // i
      return "index";
    default:
      throw cursor.error(`unknown replica identity ${describeByte(identity)}`);
  }
}

function decodeColumns(cursor: ByteCursor): RelationColumn[] {
  // Flags, an empty name, type and modifier take ten bytes.
  const count = cursor.count(cursor.int16(), 10);
  const columns: RelationColumn[] = [];
  for (let i = 0; i < count; i++) {
    const flags = cursor.uint8();
    columns.push({
      name: cursor.string(),
      typeOid: cursor.uint32(),
      typeModifier: cursor.int32(),
      isKey: (flags & 1) !== 0,
    });
  }
  return columns;
}

/**
 * Reads the name of a schema. The server omits that of its own schema, `pg_catalog`
 * (logicalrep_write_namespace in src/backend/replication/logical/proto.c).
 */
export function decodeSchema(cursor: ByteCursor): string {
  return cursor.string() || "pg_catalog";
}
