import { INVALID_LSN } from "../lsn.ts";
import type { TypeMessage } from "../pgoutput/message.ts";
import type { CatalogColumn, CatalogRelation } from "./plugin_catalog.ts";
import type { SeenColumn } from "./seen_relation.ts";

// The value of FirstGenbkiObjectId of src/include/access/transam.h: pgoutput sends the names
// of all types from there on.
const FIRST_NAMED_TYPE_OID = 10_000;

/**
 * Finds the catalog's column, unless its type has changed since.
 *
 * @param found The table in the catalog.
 * @param column The column, as in a payload.
 */
export function catalogColumn(
  found: CatalogRelation | null,
  { name, type, typeOid }: SeenColumn,
): CatalogColumn | undefined {
  const column = found?.columns.find((one) => one.name === name);
  const isSame = (typeOid ?? null) === null
    ? column?.type === type
    : column?.typeOid === typeOid;
  return isSame ? column : undefined;
}

/**
 * Creates the Type message that names the type of a column.
 *
 * @param column The column, as in a payload.
 * @param typeOid The OID of its type, or a placeholder.
 * @param known The column in the catalog.
 * @returns The message; nothing for a built-in type.
 */
export function describeType(
  { type }: SeenColumn,
  typeOid: number,
  known: CatalogColumn | undefined,
): TypeMessage[] {
  const isNamed = typeOid < 0 || typeOid >= FIRST_NAMED_TYPE_OID;
  if (!isNamed) return [];
  const { schema, name } = known === undefined
    ? splitName(type)
    : { schema: known.typeSchema, name: known.typeName };
  return [{ kind: "type", walStart: INVALID_LSN, oid: typeOid, schema, name }];
}

const IDENTIFIER = /"(?:[^"]|"")*"|[^."]+/g;

// The name of a type, split if it has a schema.
function splitName(type: string): { schema: string; name: string } {
  const parts = (type.match(IDENTIFIER) ?? []).map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part
  );
  const [first = type, second] = parts;
  return second === undefined
    ? { schema: "public", name: first }
    : { schema: first, name: second };
}
