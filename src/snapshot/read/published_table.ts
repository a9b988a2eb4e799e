import { ProtocolError } from "../../errors.ts";
import type {
  RelationMessage,
  ReplicaIdentity,
} from "../../pgoutput/message.ts";
import type { TypeName } from "../../values/type_name.ts";
import { INVALID_LSN } from "../../lsn.ts";

/** A column of a table to copy. */
export interface CopiedColumn {
  /** Its number in the table, which is never reused. */
  readonly number: number;
  /** Its name. */
  readonly name: string;
  /** The OID of its declared type. */
  readonly typeOid: number;
  /** The type's modifier; -1 for none. */
  readonly typeModifier: number;
  /** Whether it is part of the replica identity. */
  readonly isKey: boolean;
  /** The name of its type; for a domain, of the base type. */
  readonly type: TypeName;
  /** Whether the type has a binary format. */
  readonly hasBinary: boolean;
  /**
   * Whether adding the column may have rewritten existing rows, each with its own value.
   */
  readonly isFilled: boolean;
}

/** An operator. */
export interface Operator {
  /** Its schema. */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
}

/** A column of the key by which a table is copied. */
export interface KeyColumn {
  /** Its name. */
  readonly name: string;
  /** Its declared type. */
  readonly type: TypeName;
  /** The operator of its index for "greater than". */
  readonly greater: Operator;
  /** The operator of its index for "less than". */
  readonly less: Operator;
  /** The operator of its index for "equal". */
  readonly equal: Operator;
}

/** A published table, with everything needed to copy it. */
export interface PublishedTable {
  /** Its OID. */
  readonly oid: number;
  /** Its schema. */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
  /** Whether it is a partitioned table, whose changes come under its own name. */
  readonly isPartitioned: boolean;
  /** Its REPLICA IDENTITY. */
  readonly replicaIdentity: ReplicaIdentity;
  /** Its file, which changes when the table is rewritten. */
  readonly fileNode: string;
  /** The server's estimate of the number of rows; `null` if it was never analyzed. */
  readonly estimatedRows: number | null;
  /** Its approximate size, in bytes. */
  readonly estimatedBytes: number;
  /** The condition under which rows are published; `null` for all. */
  readonly filter: string | null;
  /** How many columns it has ever had: the number of the newest. */
  readonly attributes: number;
  /** Its published columns, in the table's order. */
  readonly columns: readonly CopiedColumn[];
  /** The columns of a unique index without nulls, in its order; `null` if there is none. */
  readonly key: readonly KeyColumn[] | null;
  /** Whether the role may read it. */
  readonly mayRead: boolean;
  /** Whether row security hides some of its rows from the role. */
  readonly hasRowSecurity: boolean;
  /** Changes whenever the definition of the table or its publications changes. */
  readonly signature: string;
}

const IDENTITIES: Readonly<Record<string, ReplicaIdentity>> = {
  d: "default",
  n: "nothing",
  f: "full",
  i: "index",
};

type ColumnRow = readonly [
  ...[number, string, number, number, boolean | null],
  ...[string, string, boolean, boolean],
];
type KeyRow = readonly [
  ...[string, string, string],
  ...[string, string, string, string, string, string],
];

/**
 * Reads a row of the result of `tableQuery()`.
 *
 * @throws {ProtocolError} If it is not such a row.
 */
export function readTableRow(row: readonly (string | null)[]): PublishedTable {
  const [oid, schema, name, kind, identity, fileNode, rows, bytes] = row;
  const [filters, attributes, columns, key] = row.slice(8);
  const [mayRead, hasRowSecurity, signature] = row.slice(12);
  if (!oid || !schema || !name || !filters || !signature) {
    throw new ProtocolError(
      `Cannot read the catalog's row of a table: ${JSON.stringify(row)}`,
    );
  }
  const columnList = (JSON.parse(columns ?? "[]") as ColumnRow[]).map(
    readColumn,
  );
  return {
    oid: Number(oid),
    schema,
    name,
    isPartitioned: kind === "p",
    replicaIdentity: IDENTITIES[identity ?? ""] ?? "default",
    fileNode: fileNode ?? "0",
    estimatedRows: rows === null || rows === undefined ? null : Number(rows),
    estimatedBytes: Number(bytes ?? 0),
    filter: filterOf(JSON.parse(filters)),
    attributes: Number(attributes ?? 0),
    columns: columnList,
    key: keyOf(JSON.parse(key ?? "[]"), columnList),
    mayRead: mayRead === "t",
    hasRowSecurity: hasRowSecurity === "t",
    signature,
  };
}

function readColumn(row: ColumnRow): CopiedColumn {
  const [number, name, typeOid, typeModifier, isKey] = row;
  const [schema, type, hasBinary, isFilled] = row.slice(5) as [
    ...[string, string, boolean, boolean],
  ];
  return {
    ...{ number, name, typeOid, typeModifier, hasBinary, isFilled },
    isKey: isKey === true,
    type: { schema, name: type },
  };
}

// A row is published if one of the publications publishes it.
function filterOf(filters: readonly (string | null)[]): string | null {
  if (filters.includes(null)) return null;
  return [...new Set(filters)].map((filter) => `(${filter})`).join(" OR ");
}

function keyOf(
  rows: readonly KeyRow[],
  columns: readonly CopiedColumn[],
): readonly KeyColumn[] | null {
  if (rows.length === 0) return null;
  const key = rows.map((row): KeyColumn => {
    const [name, schema, type] = row;
    return {
      name,
      type: { schema, name: type },
      greater: { schema: row[3], name: row[4] },
      less: { schema: row[5], name: row[6] },
      equal: { schema: row[7], name: row[8] },
    };
  });
  // A column list may omit columns if only inserts are published.
  const isPublished = key.every(({ name }) =>
    columns.some((column) => column.name === name)
  );
  return isPublished ? key : null;
}

/** Describes a table as the stream does. */
export function relationMessageOf(table: PublishedTable): RelationMessage {
  const { oid, schema, name, replicaIdentity, columns } = table;
  return {
    kind: "relation",
    walStart: INVALID_LSN,
    ...{ oid, schema, name, replicaIdentity },
    columns: columns.map(({ name, typeOid, typeModifier, isKey }) => ({
      ...{ name, typeOid, typeModifier, isKey },
    })),
  };
}
