import {
  type InsertEvent,
  type Lsn,
  parseLsn,
  type Relation,
  type ReplicationEvent,
  type Row,
  tableName,
  type TransactionInfo,
  type UnixMicros,
  type UpdateEvent,
} from "@walbrook/walbrook";

/** Where every change here stands. */
export const AT: Lsn = parseLsn("0/15A8F30");

/** What every event here belongs to. */
export const TRANSACTION: TransactionInfo = {
  xid: 755,
  commitLsn: parseLsn("16/B374D848"),
  commitTime: 1_790_000_000_123_456n as UnixMicros,
  origin: null,
};

/** Makes a table; the names of its key columns end with `*`. */
export function table(
  name: string,
  columns: readonly string[],
  replicaIdentity: Relation["replicaIdentity"] = "default",
): Relation {
  const [schema = "", bare = ""] = name.split(".");
  const keyColumns = columns.filter((column) => column.endsWith("*"))
    .map((column) => column.replace("*", ""));
  return {
    oid: 16385,
    schema,
    name: bare,
    replicaIdentity,
    primaryKey: keyColumns.length > 0 ? keyColumns : null,
    columns: columns.map((column) => ({
      name: column.replace("*", ""),
      typeOid: 25,
      typeModifier: -1,
      isKey: column.endsWith("*") || replicaIdentity === "full",
    })),
  };
}

/** A row was inserted into a table of these columns. */
export function insert(newRow: Row): InsertEvent {
  return {
    kind: "insert",
    table: "public.orders",
    transaction: TRANSACTION,
    index: 2,
    lsn: AT,
    relation: table("public.orders", Object.keys(newRow)),
    key: null,
    newRow,
  };
}

/** A row was updated. */
export function update(
  relation: Relation,
  rows: Pick<UpdateEvent, "key" | "oldRow" | "newRow">,
): UpdateEvent {
  return {
    kind: "update",
    table: tableName(relation),
    transaction: TRANSACTION,
    index: 3,
    lsn: AT,
    relation,
    ...rows,
  };
}

/** A logical message. */
export function message(
  content: Uint8Array | string,
  transaction: TransactionInfo | null = TRANSACTION,
): ReplicationEvent {
  return {
    kind: "message",
    table: null,
    transaction,
    index: 4,
    lsn: AT,
    prefix: "audit",
    content: typeof content === "string"
      ? new TextEncoder().encode(content)
      : content,
  };
}

/** Events without anything of their own. */
export const BEGIN: ReplicationEvent = {
  kind: "begin",
  table: null,
  transaction: TRANSACTION,
  index: 0,
};

/** The end of the transaction. */
export const COMMIT: ReplicationEvent = {
  kind: "commit",
  table: null,
  transaction: TRANSACTION,
  index: 9,
  endLsn: parseLsn("16/B374D878"),
};

/** Two tables were emptied. */
export const TRUNCATE: ReplicationEvent = {
  kind: "truncate",
  table: null,
  transaction: TRANSACTION,
  index: 5,
  lsn: AT,
  relations: [table("public.a", []), table("audit.b", [])],
  cascade: true,
  restartIdentity: false,
};
