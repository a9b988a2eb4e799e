import type { TextParser } from "./codec/text_parser.ts";
import { builtInTypeOid } from "./type_name.ts";
import type { ValueCodec } from "./codec/value_codec.ts";

/** Functions that make values of both formats in which a server may send them. */
export interface FormatParsers {
  /** Makes a value of the server's text. It may throw. */
  readonly fromText: (text: string) => unknown;
  /** Makes a value of the type's binary format. The bytes are its own. It may throw. */
  readonly fromBinary: (bytes: Uint8Array) => unknown;
}

/**
 * Functions that make values of what the server sends, by the name or the OID of the
 * type.
 *
 * A built-in type can be called by any of its names: `int8`, `bigint`;
 * `timestamptz`, `timestamp with time zone`. A type that was made in the database is
 * called `name` or `schema.name`. The function also reads the type's values within
 * others: elements of its arrays, bounds of its ranges, attributes of composites,
 * values of domains over it, unless there is one for these themselves (`int8[]`).
 *
 * A single function takes the server's text. With the option `binary` that text is
 * made of the bytes first. Where that can't be done, for types whose binary format is
 * not known, it takes a function for each format.
 *
 * @example
 * ```ts
 * import { asDate, asNumber, type TypeParsers } from "@walbrook/walbrook";
 *
 * const types: TypeParsers = {
 *   bigint: asNumber,
 *   timestamptz: asDate,
 *   "public.tags": (text) => new Set(text.split(" ")),
 *   1700: asNumber, // numeric
 *   vector: {
 *     fromText: (text) => JSON.parse(text),
 *     fromBinary: (bytes) => {
 *       const view = new DataView(bytes.buffer, bytes.byteOffset + 4);
 *       const dimensions = (bytes.length - 4) / 4;
 *       return Array.from({ length: dimensions }, (_, i) => view.getFloat32(4 * i));
 *     },
 *   },
 * };
 * ```
 */
export type TypeParsers = Readonly<Record<string, TextParser | FormatParsers>>;

/** The caller's functions, to be found by OID or name. */
export class OwnParsers {
  readonly #byOid = new Map<number, TextParser | FormatParsers>();
  readonly #byName = new Map<string, TextParser | FormatParsers>();

  /**
   * @param types The functions as the caller gave them.
   * @throws {TypeError} If one of them is no function.
   */
  constructor(types: TypeParsers) {
    for (const [type, parse] of Object.entries(types)) {
      if (!isParser(parse)) {
        throw new TypeError(
          `Cannot read values of type "${type}" with ${parse}: it is no function, nor an object with the functions fromText and fromBinary`,
        );
      }
      const oid = /^\d+$/.test(type) ? Number(type) : builtInTypeOid(type);
      if (oid === undefined) this.#byName.set(type, parse);
      else this.#byOid.set(oid, parse);
    }
  }

  /** Whether there are any for types by names that are not built in. */
  get hasNames(): boolean {
    return this.#byName.size > 0;
  }

  /**
   * Finds the function for a type.
   *
   * @param typeOid The type's OID.
   * @param names What the type can be called, in the order in which to look.
   */
  find(
    typeOid: number,
    names: readonly string[] = [],
  ): TextParser | FormatParsers | undefined {
    const own = this.#byOid.get(typeOid);
    if (own !== undefined) return own;
    const name = names.find((one) => this.#byName.has(one));
    return name === undefined ? undefined : this.#byName.get(name);
  }
}

/**
 * Puts the caller's functions in front of a codec.
 *
 * @param own The caller's functions, if there are any.
 * @param codec How to read the type otherwise.
 */
export function ownCodec(
  own: TextParser | FormatParsers | undefined,
  codec: ValueCodec,
): ValueCodec {
  if (own === undefined) return codec;
  const { toText } = codec;
  if (typeof own === "function") {
    return {
      fromText: own,
      fromBinary: (bytes, start, end) => own(toText(bytes, start, end)),
      toText,
    };
  }
  return {
    fromText: (text) => own.fromText(text),
    fromBinary: (bytes, start, end) => own.fromBinary(bytes.slice(start, end)),
    toText,
  };
}

function isParser(value: unknown): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  const { fromText, fromBinary } = value as Partial<FormatParsers>;
  return typeof fromText === "function" && typeof fromBinary === "function";
}
