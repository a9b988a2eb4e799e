import { arrayParser, textParser } from "./parse_text.ts";
import type { TextParser } from "./text_parser.ts";
import { builtInTypeOid, catalogTypeOid } from "./type_name.ts";
import { elementTypeOid } from "./type_oid.ts";

/**
 * Functions that make values of the server's text, by the name or the OID of the
 * type.
 *
 * A built-in type can be called by any of its names: `int8`, `bigint`;
 * `timestamptz`, `timestamp with time zone`. Its function also reads the elements
 * of its arrays, unless there is one for the array itself (`int8[]`). A type that
 * was made in the database is called `name` or `schema.name`.
 *
 * @example
 * ```ts
 * import { asDate, asNumber, type ValueParsers } from "@walbrook/walbrook";
 *
 * const types: ValueParsers = {
 *   bigint: asNumber,
 *   timestamptz: asDate,
 *   "public.tags": (text) => new Set(text.split(" ")),
 *   1700: asNumber, // numeric
 * };
 * ```
 */
export type ValueParsers = Readonly<Record<string, TextParser>>;

/** What a Type message of pgoutput says about a type that is not built in. */
export interface TypeName {
  /** Its schema; for a domain, that of the base type. */
  readonly schema: string;
  /** Its name; for a domain, that of the base type. */
  readonly name: string;
}

/** Options for {@linkcode createValueParser}. */
export interface CreateValueParserOptions {
  /**
   * Functions to use instead of those that {@linkcode textParser} gives.
   *
   * @default {{}}
   */
  readonly types?: ValueParsers;
}

/**
 * Finds the function for a type.
 *
 * @param typeOid The OID, as a relation message has it for a column.
 * @param typeName What the Type message with that OID said, if there was one.
 * @returns The function for the type's values in text format. It may throw.
 */
export type ValueParser = (typeOid: number, typeName?: TypeName) => TextParser;

/**
 * Puts the caller's functions for values before those of the library.
 *
 * A domain over a built-in type is read as that type is. All else that is not built
 * in, and has no function, stays text.
 *
 * @example
 * ```ts
 * import { asNumber, createValueParser, TYPE_OID } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const parserFor = createValueParser({ types: { int8: asNumber } });
 * assertEquals(parserFor(TYPE_OID.INT8)("42"), 42);
 * assertEquals(parserFor(TYPE_OID.BOOL)("t"), true);
 * ```
 *
 * @param options The caller's functions.
 * @returns Finds the function for a type.
 * @throws {TypeError} If one of them is no function.
 */
export function createValueParser(
  options: CreateValueParserOptions = {},
): ValueParser {
  const byOid = new Map<number, TextParser>();
  const byName = new Map<string, TextParser>();
  for (const [type, parse] of Object.entries(options.types ?? {})) {
    if (typeof parse !== "function") {
      throw new TypeError(
        `Cannot read values of type "${type}" with ${parse}: it is no function`,
      );
    }
    const oid = /^\d+$/.test(type) ? Number(type) : builtInTypeOid(type);
    if (oid === undefined) byName.set(type, parse);
    else byOid.set(oid, parse);
  }

  function builtIn(typeOid: number): TextParser {
    const own = byOid.get(typeOid);
    if (own !== undefined) return own;
    const element = elementTypeOid(typeOid);
    const parseElement = element === undefined ? undefined : byOid.get(element);
    return element === undefined || parseElement === undefined
      ? textParser(typeOid)
      : arrayParser(element, parseElement);
  }

  return (typeOid, typeName) => {
    if (typeName === undefined || byOid.has(typeOid)) return builtIn(typeOid);
    const { schema, name } = typeName;
    const own = byName.get(`${schema}.${name}`) ?? byName.get(name);
    if (own !== undefined) return own;
    const base = schema === "pg_catalog" ? catalogTypeOid(name) : undefined;
    return builtIn(base ?? typeOid);
  };
}
