import {
  formatLsn,
  type PgoutputMessage,
  type RelationMessage,
  type TypeMessage,
} from "@walbrook/walbrook/pgoutput";
import { toHex } from "./read_golden.ts";

/** Puts names for ids, and leaves out what differs from one run to the next. */
export function meaningOf(messages: readonly PgoutputMessage[]): unknown[] {
  const relations = new Map<number, RelationMessage>();
  const types = new Map<number, TypeMessage>();
  function relation(oid: number): string {
    const { schema, name } = relations.get(oid) ?? { schema: "?", name: oid };
    return `${schema}.${name}`;
  }
  function column(
    { name, typeOid, typeModifier, isKey }: RelationMessage["columns"][number],
  ) {
    const type = types.get(typeOid);
    const typeName = type ? `${type.schema}.${type.name}` : typeOid;
    const modifier = typeModifier === -1 ? "" : `(${typeModifier})`;
    return `${isKey ? "*" : ""}${name}:${typeName}${modifier}`;
  }
  function one(message: PgoutputMessage): unknown {
    switch (message.kind) {
      case "begin":
      case "commit":
        return [message.kind];
      case "origin":
        return ["origin", message.name, formatLsn(message.commitLsn)];
      case "relation": {
        relations.set(message.oid, message);
        const { replicaIdentity, columns } = message;
        const described = columns.map(column).join(" ");
        return ["relation", relation(message.oid), replicaIdentity, described];
      }
      case "type":
        types.set(message.oid, message);
        return ["type", `${message.schema}.${message.name}`];
      case "insert":
        return ["insert", relation(message.relationOid), message.newTuple];
      case "update":
        return [
          "update",
          relation(message.relationOid),
          old(message),
          message.newTuple,
        ];
      case "delete":
        return ["delete", relation(message.relationOid), old(message)];
      case "truncate": {
        const { cascade, restartIdentity, relationOids } = message;
        return ["truncate", relationOids.map(relation), {
          cascade,
          restartIdentity,
        }];
      }
      case "message": {
        const { transactional, prefix, content } = message;
        if (prefix === "xid" || prefix === "oid") return ["message", prefix];
        return [transactional ? "message" : "outside", prefix, toHex(content)];
      }
      case "beginPrepare":
      case "prepare":
      case "commitPrepared":
      case "rollbackPrepared":
      case "streamPrepare":
        return [message.kind, message.gid];
      case "streamStart":
        return [message.kind, message.firstSegment];
      case "streamStop":
      case "streamCommit":
        return [message.kind];
      case "streamAbort":
        return [message.kind, message.subxid === message.xid ? "all" : "part"];
    }
  }
  return messages.map(one);
}

function old(message: {
  readonly keyTuple: readonly unknown[] | null;
  readonly oldTuple: readonly unknown[] | null;
}): unknown {
  const { keyTuple, oldTuple } = message;
  return {
    ...(keyTuple ? { key: keyTuple } : {}),
    ...(oldTuple ? { old: oldTuple } : {}),
  };
}
