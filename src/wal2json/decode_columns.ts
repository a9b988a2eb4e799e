import { UndecodedText } from "../pgoutput/undecoded_text.ts";
import { Fields, malformed, textOf as nameOf, uint32 } from "./fields.ts";
import { JsonNumber, type JsonValue } from "./json_reader.ts";
import type { Wal2jsonColumn, Wal2jsonKeyColumn } from "./message.ts";

const BYTEA_OID = 17;

/** Reads the columns of format 2: a list of objects. */
export function decodeColumns(list: readonly JsonValue[]): Wal2jsonColumn[] {
  return list.map((one) => {
    const column = decodeKeyColumn(one);
    return { ...column, value: textOf(new Fields(one).value("value"), column) };
  });
}

/** Reads the columns of format 2 without their values. */
export function decodeKeyColumns(
  list: readonly JsonValue[] | null,
): Wal2jsonKeyColumn[] | null {
  return list?.map(decodeKeyColumn) ?? null;
}

function decodeKeyColumn(value: JsonValue): Wal2jsonKeyColumn {
  const fields = new Fields(value);
  return {
    name: fields.string("name"),
    type: fields.stringOrNull("type"),
    typeOid: fields.uint32OrNull("typeoid"),
  };
}

/**
 * Reads the columns of format 1: a list of names, and parallel lists for their properties.
 *
 * @param fields The object that contains the lists.
 * @param what The prefix of the lists' names.
 */
export function decodeColumnLists(
  fields: Fields,
  what: "column" | "key",
): Wal2jsonColumn[] {
  const columns = decodeKeyColumnLists(fields, what);
  const values = fields.list(`${what}values`);
  if (values.length !== columns.length) {
    throw malformed(
      `there are ${columns.length} names and ${values.length} values`,
    );
  }
  return columns.map((column, i) => ({
    ...column,
    value: textOf(values[i] ?? null, column),
  }));
}

/** Reads the columns of format 1 without their values. */
export function decodeKeyColumnLists(
  fields: Fields,
  what: "column" | "key" | "pk",
): Wal2jsonKeyColumn[] {
  const names = fields.list(`${what}names`);
  const types = fields.listOrNull(`${what}types`);
  const oids = fields.listOrNull(
    what === "column" ? "columntypeoids" : `${what}typeoids`,
  );
  if ((types ?? names).length !== names.length) {
    throw malformed(
      `there are ${names.length} names and ${types?.length} types`,
    );
  }
  return names.map((name, i) => ({
    name: text(name, "a name"),
    type: types === null ? null : text(types[i], "a type"),
    typeOid: oids === null ? null : uint32(oids[i], "typeoids"),
  }));
}

function text(given: JsonValue | undefined, what: string): string {
  const value = nameOf(given);
  if (typeof value === "string") return value;
  throw malformed(`expected ${what}`);
}

function textOf(
  value: JsonValue,
  { type, typeOid }: Wal2jsonKeyColumn,
): string | UndecodedText | null {
  if (value === null || value instanceof UndecodedText) return value;
  if (typeof value === "boolean") return value ? "t" : "f";
  if (value instanceof JsonNumber) return value.text;
  if (typeof value !== "string") throw malformed("expected a column's value");
  // The plugin removes two characters, which are these unless bytea_output is "escape".
  const isBytea = typeOid === BYTEA_OID || type === "bytea";
  return isBytea ? `\\x${value}` : value;
}
