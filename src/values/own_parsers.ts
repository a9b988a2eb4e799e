import type { TextParser } from "./codec/text_parser.ts";
import { builtInTypeOid } from "./type_name.ts";
import type { ValueCodec } from "./codec/value_codec.ts";

/** Functions that convert values in both formats in which a server may send them. */
export interface FormatParsers {
  /** Converts the server's text. It may throw. */
  readonly fromText: (text: string) => unknown;
  /** Converts the type's binary format, as bytes of its own. It may throw. */
  readonly fromBinary: (bytes: Uint8Array) => unknown;
}

/**
 * Functions that convert values which the server sends, by the name or the OID of the type.
 *
 * A built-in type can be given by any of its names: `int8`, `bigint`; `timestamptz`,
 * `timestamp with time zone`. A type that was created in the database is given as `name` or
 * `schema.name`. The function also converts the type's values inside others: elements of its
 * arrays, bounds of its ranges, attributes of composites, and values of domains over it,
 * unless these have a function of their own (`int8[]`).
 *
 * A single function receives the server's text. With the option `binary`, that text is first
 * created from the bytes. If that is impossible, because the binary format is unknown, a
 * function for each format is necessary.
 *
 * @example
 * ```ts
 * import { asDate, asNumber } from "@walbrook/walbrook";
 * import type { TypeParsers } from "@walbrook/walbrook/values";
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

/** The caller's functions, by OID or name. */
export class OwnParsers {
  readonly #byOid = new Map<number, TextParser | FormatParsers>();
  readonly #byName = new Map<string, TextParser | FormatParsers>();

  /**
   * @param types The functions as the caller gave them.
   * @throws {TypeError} If one of them is not a function.
   */
  constructor(types: TypeParsers) {
    for (const [type, parse] of Object.entries(types)) {
      if (!isParser(parse)) {
        throw new TypeError(
          `Cannot read values of type "${type}" with ${parse}: it is neither a function nor an object with the functions fromText and fromBinary`,
        );
      }
      const oid = /^\d+$/.test(type) ? Number(type) : builtInTypeOid(type);
      if (oid === undefined) this.#byName.set(type, parse);
      else this.#byOid.set(oid, parse);
    }
  }

  /** Whether there are functions for types that are not built in. */
  get hasNames(): boolean {
    return this.#byName.size > 0;
  }

  /**
   * Finds the function for a type.
   *
   * @param typeOid The type's OID.
   * @param names The type's names, in the order in which to look.
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
 * Gives the caller's functions precedence over a codec.
 *
 * @param own The caller's functions, if there are any.
 * @param codec The codec that is used otherwise.
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
