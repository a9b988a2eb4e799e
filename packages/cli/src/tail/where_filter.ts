import type { ReplicationEvent, Row } from "@walbrook/walbrook";
import {
  bindFilter,
  type BoundFilter,
  type Filter,
  parseFilter,
} from "@walbrook/walbrook/serve";
import { TYPE_OID } from "@walbrook/walbrook/values";
import { UsageError } from "../command/usage_error.ts";
import type { Database } from "../database/database.ts";
import type { PassesEvent } from "./event_filter.ts";

/** The type as which values are compared: itself, or the base type of a domain. */
export interface TypeName {
  readonly schema: string;
  readonly name: string;
}

/** The types by their OIDs. */
export type TypeNames = ReadonlyMap<number, TypeName>;

/** The types that every server has. */
export const BUILT_IN_TYPES: TypeNames = new Map(
  Object.entries(TYPE_OID).map(([name, oid]) => [
    oid,
    { schema: "pg_catalog", name: name.toLowerCase() },
  ]),
);

/** Reads the types of a database. */
export async function readTypeNames(database: Database): Promise<TypeNames> {
  const rows = await database.rows(`
    WITH RECURSIVE base (oid, type) AS (
      SELECT oid, oid FROM pg_type
      UNION ALL
      SELECT base.oid, t.typbasetype FROM base
      JOIN pg_type t ON t.oid = base.type AND t.typtype = 'd')
    SELECT base.oid, n.nspname, t.typname FROM base
    JOIN pg_type t ON t.oid = base.type AND t.typtype <> 'd'
    JOIN pg_namespace n ON n.oid = t.typnamespace`);
  return new Map(rows.map((row) => [
    Number(row["oid"]),
    { schema: row["nspname"] ?? "", name: row["typname"] ?? "" },
  ]));
}

/**
 * Parses the option `--where`.
 *
 * @throws {UsageError} If it is not a valid filter.
 */
export function readWhere(text: string | undefined): Filter | null {
  if (text === undefined) return null;
  try {
    return parseFilter(text);
  } catch (error) {
    throw error instanceof SyntaxError
      ? new UsageError(`--where: ${error.message}`)
      : error;
  }
}

/**
 * Keeps the changes of rows that match a filter before or after the change, and those for
 * which this is unknown because the server did not send the values.
 *
 * @param filter The filter.
 * @param types The types of the columns.
 * @throws {UsageError} From the returned function, if a table lacks a column, or a column
 * can't be compared like this.
 */
export function whereFilter(filter: Filter, types: TypeNames): PassesEvent {
  const known = new WeakMap<object, BoundFilter>();
  const bound = (event: ReplicationEvent & { readonly relation: Relation }) => {
    const { relation } = event;
    const found = known.get(relation) ??
      bind(filter, event.table, relation, types);
    known.set(relation, found);
    return found;
  };
  return (event) => {
    switch (event.kind) {
      case "insert":
      case "read":
        return takes(bound(event), event.newRow);
      case "update": {
        const one = bound(event);
        return takes(one, event.newRow) ||
          event.oldRow !== null && takes(one, event.oldRow);
      }
      case "delete":
        return takes(bound(event), event.oldRow ?? event.key ?? {});
      default:
        return event.kind !== "message";
    }
  };
}

type Relation = Extract<ReplicationEvent, { kind: "insert" }>["relation"];

function takes(filter: BoundFilter, row: Row): boolean {
  return filter.matches(row) !== false;
}

function bind(
  filter: Filter,
  table: string | null,
  { columns, replicaIdentity }: Relation,
  types: TypeNames,
): BoundFilter {
  try {
    return bindFilter(filter, {
      table: table ?? "",
      key: null,
      replicaIdentity,
      columns: columns.map(({ name, typeOid }) => {
        // An unknown type is compared by label, like an enum.
        const type = types.get(typeOid) ?? { schema: "", name: `${typeOid}` };
        return { name, typeOid, typeSchema: type.schema, typeName: type.name };
      }),
    });
  } catch (error) {
    throw error instanceof TypeError
      ? new UsageError(`--where: ${error.message}`)
      : error;
  }
}
