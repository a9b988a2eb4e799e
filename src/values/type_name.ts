import { ARRAY_TYPE_OID, TYPE_OID } from "./type_oid.ts";

/** The content of pgoutput's Type message for a type that is not built in. */
export interface TypeName {
  /** Its schema; for a domain, that of the base type. */
  readonly schema: string;
  /** Its name; for a domain, that of the base type. */
  readonly name: string;
}

// The SQL names of some types, and their names in the catalog: the manual, "Data Types", and
// the output of `format_type`.
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["bigint", "int8"],
  ["bit varying", "varbit"],
  ["boolean", "bool"],
  ['"char"', "char"],
  ["char", "bpchar"],
  ["character", "bpchar"],
  ["character varying", "varchar"],
  ["decimal", "numeric"],
  ["double precision", "float8"],
  ["float", "float8"],
  ["int", "int4"],
  ["integer", "int4"],
  ["real", "float4"],
  ["smallint", "int2"],
  ["time with time zone", "timetz"],
  ["time without time zone", "time"],
  ["timestamp with time zone", "timestamptz"],
  ["timestamp without time zone", "timestamp"],
]);

/**
 * Looks up a built-in type by name: its catalog name (`int8`, `_int8`) or its SQL name
 * (`bigint`, `bigint[]`), in upper or lower case.
 *
 * @param name The name, without a schema or a modifier such as `(20)`.
 * @returns The OID, or `undefined` for a name that is not built in.
 */
export function builtInTypeOid(name: string): number | undefined {
  const sql = name.trim().toLowerCase().replace(/\s+/g, " ");
  if (sql.endsWith("[]")) {
    return lookUp(ARRAY_TYPE_OID, catalogName(sql.slice(0, -2).trimEnd()));
  }
  return catalogTypeOid(catalogName(sql));
}

/**
 * Looks up a built-in type by its exact name in `pg_type`.
 *
 * @param name The name; that of an array type starts with an underscore.
 * @returns The OID, or `undefined` for a name that is not built in.
 */
export function catalogTypeOid(name: string): number | undefined {
  return name.startsWith("_")
    ? lookUp(ARRAY_TYPE_OID, name.slice(1))
    : lookUp(TYPE_OID, name);
}

function catalogName(sqlName: string): string {
  return ALIASES.get(sqlName) ?? sqlName;
}

function lookUp(
  oids: Readonly<Record<string, number>>,
  name: string,
): number | undefined {
  const key = name.toUpperCase();
  return Object.hasOwn(oids, key) ? oids[key] : undefined;
}
