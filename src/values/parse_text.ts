import { asText } from "./as_text.ts";
import { parseArray } from "./parse_array.ts";
import { parseBytea } from "./parse_bytea.ts";
import {
  parseBigInteger,
  parseFloatingPoint,
  parseInteger,
} from "./parse_number.ts";
import type { TextParser } from "./text_parser.ts";
import { elementTypeOid, TYPE_OID } from "./type_oid.ts";

/**
 * Gives the function that makes a value of the server's text, by data type. No
 * information is lost but what is said here.
 *
 * | type | value |
 * |---|---|
 * | `bool` | `boolean` |
 * | `int2` `int4` `oid` `xid` `cid` `float4` `float8` | `number` |
 * | `int8` `xid8` `oid8` | `bigint` |
 * | `json` `jsonb` | what `JSON.parse` gives: numbers beyond 2^53 are rounded |
 * | `bytea` | `Uint8Array` |
 * | an array of a built-in type | an array, nested by dimension, without bounds |
 * | all else | the text |
 *
 * So `numeric` and `money` stay exact, dates and times keep infinity, BC, 24:00 and
 * microseconds, and a `pg_lsn` is text like any other value (`parseLsn` reads it).
 *
 * The text has to be written with the settings that a subscription asks for:
 * `DateStyle` ISO, `extra_float_digits` 1 and so on.
 *
 * @example
 * ```ts
 * import { ARRAY_TYPE_OID, textParser } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(textParser(ARRAY_TYPE_OID.INT8)("{1,NULL}"), [1n, null]);
 * ```
 *
 * @param typeOid The OID of the type, as in a relation message.
 * @returns The function; it throws a `SyntaxError` if the text has another form.
 */
export function textParser(typeOid: number): TextParser {
  const element = elementTypeOid(typeOid);
  return element === undefined
    ? scalarParser(typeOid)
    : arrayParser(element, scalarParser(element));
}

/**
 * Gives the function that reads arrays of a type.
 *
 * @param elementOid The type of the elements, which says how they are delimited.
 * @param parseElement Reads an element that is not NULL.
 */
export function arrayParser(
  elementOid: number,
  parseElement: TextParser,
): TextParser {
  // Boxes have commas in them (typdelim in src/include/catalog/pg_type.dat).
  const delimiter = elementOid === TYPE_OID.BOX ? ";" : ",";
  return (text) => parseArray(text, parseElement, { delimiter });
}

function scalarParser(typeOid: number): TextParser {
  switch (typeOid) {
    case TYPE_OID.BOOL:
      return parseBoolean;
    case TYPE_OID.INT2:
    case TYPE_OID.INT4:
    case TYPE_OID.OID:
    case TYPE_OID.XID:
    case TYPE_OID.CID:
      return parseInteger;
    case TYPE_OID.FLOAT4:
    case TYPE_OID.FLOAT8:
      return parseFloatingPoint;
    case TYPE_OID.INT8:
    case TYPE_OID.XID8:
    case TYPE_OID.OID8:
      return parseBigInteger;
    case TYPE_OID.JSON:
    case TYPE_OID.JSONB:
      return parseJson;
    case TYPE_OID.BYTEA:
      return parseBytea;
    default:
      return asText;
  }
}

function parseBoolean(text: string): boolean {
  if (text === "t") return true;
  if (text === "f") return false;
  throw new SyntaxError(
    `Cannot parse ${
      JSON.stringify(text.slice(0, 100))
    } as a boolean: expected "t" or "f"`,
  );
}

// JSON.parse takes a second argument, which a caller may pass by accident.
function parseJson(text: string): unknown {
  return JSON.parse(text);
}
