import { readTypeRow, typeQuery } from "../../catalog/type_query.ts";
import { SCALAR, type TextShape } from "../../encode/postgres_text.ts";
import {
  describeBuiltIn,
  type TypeDescription,
} from "../../values/type_description.ts";
import { TYPE_OID } from "../../values/type_oid.ts";
import type { PostgresResult } from "./client.ts";
import type { TargetColumn } from "./column.ts";
import { quoteName } from "./sql.ts";

/** A table of the target in the catalog. */
export interface FoundTable {
  /** Its columns, by name. */
  readonly columns: ReadonlyMap<string, TargetColumn>;
  /** The columns of each unique index that can identify a row. */
  readonly uniques: readonly (readonly string[])[];
  /**
   * Whether the order of changes matters: the table has foreign keys, is referenced by some,
   * has triggers, or more than one unique or exclusion constraint.
   */
  readonly isCareful: boolean;
}

/** Runs a statement. */
export type RunQuery = (
  text: string,
  values?: unknown[],
) => Promise<PostgresResult>;

// The columns and unique indexes of a table, and what makes the order of changes matter.
const TABLE_QUERY = `SELECT
  (SELECT json_agg(json_build_array(a.attname, a.atttypid::int8, n.nspname, t.typname,
      a.attgenerated <> '', t.typelem <> 0 AND t.typsend = 'array_send'::regproc,
      t.typtype, t.typarray <> 0) ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  (SELECT json_agg((SELECT json_agg(a.attname) FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])))
    FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid
      AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
      AND i.indnkeyatts = i.indnatts) AS uniques,
  (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid
    AND (i.indisunique OR i.indisexclusion)) > 1
  OR EXISTS (SELECT FROM pg_constraint f
    WHERE f.contype = 'f' AND (f.conrelid = c.oid OR f.confrelid = c.oid))
  OR EXISTS (SELECT FROM pg_trigger g
    WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D') AS careful
FROM pg_class c WHERE c.oid = to_regclass($1)`;

type ColumnRow = readonly [
  name: string,
  typeOid: number,
  schema: string,
  type: string,
  isGenerated: boolean,
  isArray: boolean,
  kind: string,
  hasArray: boolean,
];

/**
 * Looks up a table in the catalog of the target.
 *
 * @param table Its name with the schema, quoted.
 * @returns The table; `null` if it does not exist.
 */
export async function describeTarget(
  query: RunQuery,
  table: string,
): Promise<FoundTable | null> {
  const { rows: [row] } = await query(TABLE_QUERY, [table]);
  if (row === undefined) return null;
  const columns = (row.columns ?? []) as readonly ColumnRow[];
  const shapes = await findShapes(query, columns.map(([, oid]) => Number(oid)));
  return {
    columns: new Map(
      columns.map((column) => [column[0], columnOf(column, shapes)]),
    ),
    uniques: (row.uniques ?? []) as readonly (readonly string[])[],
    isCareful: row.careful === true,
  };
}

function columnOf(
  [name, oid, schema, type, isGenerated, isArray, , hasArray]: ColumnRow,
  shapeOf: (oid: number) => TextShape,
): TargetColumn {
  const typeOid = Number(oid);
  const shape = shapeOf(typeOid);
  return {
    name,
    typeOid,
    type: `${quoteName(schema)}.${quoteName(type)}`,
    // A domain over one of these counts, too.
    asText: isArray || !hasArray || shape.kind === "array" ||
      shape.kind === "composite",
    shape,
    isText: typeOid === TYPE_OID.TEXT || typeOid === TYPE_OID.VARCHAR,
    isGenerated,
  };
}

const JSON_TYPES: readonly number[] = [TYPE_OID.JSON, TYPE_OID.JSONB];
/** `FirstNormalObjectId` is 16384; types of initdb begin at 10000. */
const FIRST_OTHER_OID = 10_000;

async function findShapes(
  query: RunQuery,
  oids: readonly number[],
): Promise<(oid: number) => TextShape> {
  const types = new Map<number, TypeDescription>();
  const others = oids.filter((oid) => oid >= FIRST_OTHER_OID);
  if (others.length > 0) {
    const { rows } = await query(typeQuery(others, []));
    for (const row of rows) {
      for (const type of readTypeRow(Object.values(row).map(textOf))) {
        types.set(type.oid, type);
      }
    }
  }
  const made = new Map<number, TextShape>();
  function shapeOf(oid: number): TextShape {
    const known = made.get(oid);
    if (known !== undefined) return known;
    // A type that contains itself, through the row type of a table.
    made.set(oid, SCALAR);
    const shape = JSON_TYPES.includes(oid)
      ? { kind: "json" } as const
      : shapeOfType(types.get(oid) ?? describeBuiltIn(oid), shapeOf);
    made.set(oid, shape);
    return shape;
  }
  return shapeOf;
}

// The client may have parsed the catalog's values.
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function shapeOfType(
  type: TypeDescription | undefined,
  shapeOf: (oid: number) => TextShape,
): TextShape {
  switch (type?.kind) {
    case "array": {
      const { elementOid, delimiter } = type;
      return { kind: "array", element: shapeOf(elementOid), delimiter };
    }
    case "range":
      return { kind: "range", bound: shapeOf(type.subtypeOid) };
    case "multirange":
      return { kind: "multirange", range: shapeOf(type.rangeOid) };
    case "composite": {
      const attributes = type.attributes.map(({ typeOid }) => shapeOf(typeOid));
      return { kind: "composite", attributes };
    }
    case "domain":
      return shapeOf(type.baseOid);
    case "base":
      return type.name === "hstore" ? { kind: "hstore" } : SCALAR;
    default:
      return SCALAR;
  }
}
