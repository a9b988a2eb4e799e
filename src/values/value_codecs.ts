import { arrayCodec } from "./array.ts";
import {
  type BuiltInCodecs,
  codecBySendFunction,
  opaqueCodec,
} from "./base_codec.ts";
import { compositeCodec } from "./composite.ts";
import { ownCodec, type OwnParsers } from "./own_parsers.ts";
import { multirangeCodec, rangeCodec } from "./range.ts";
import { TEXT } from "./binary/text.ts";
import { describeBuiltIn, type TypeDescription } from "./type_description.ts";
import { catalogTypeOid, type TypeName } from "./type_name.ts";
import type { ValueCodec } from "./codec/value_codec.ts";

/**
 * Finds the codec of any type, from the caller's own functions first, then from the built-in
 * types, the catalog's descriptions, and the names in pgoutput's Type messages.
 */
export class ValueCodecs {
  readonly #own: OwnParsers;
  readonly #builtIn: BuiltInCodecs;
  readonly #descriptions = new Map<number, TypeDescription>();
  readonly #codecs = new Map<number, ValueCodec>();
  // Types whose codecs are being created, in case one contains itself.
  readonly #open = new Set<number>();

  /**
   * @param own The caller's functions.
   * @param builtIn Finds the codecs of built-in types.
   */
  constructor(own: OwnParsers, builtIn: BuiltInCodecs) {
    this.#own = own;
    this.#builtIn = builtIn;
  }

  /** Replaces the catalog's descriptions of types. */
  describe(types: Iterable<TypeDescription>): void {
    for (const type of types) this.#descriptions.set(type.oid, type);
    this.#codecs.clear();
  }

  /** Discards the catalog's descriptions. */
  forget(): void {
    this.#descriptions.clear();
    this.#codecs.clear();
  }

  /** Whether the description of a type comes from the catalog. */
  isFromCatalog(typeOid: number): boolean {
    return this.#descriptions.has(typeOid);
  }

  /**
   * Returns whether decoding a type's values requires its description from the catalog.
   *
   * @param typeOid The type.
   * @param typeName The content of the Type message with that OID, if there was one.
   * @param isBinary Whether its values come in binary format.
   */
  isUnknown(
    typeOid: number,
    typeName: TypeName | undefined,
    isBinary: boolean,
  ): boolean {
    if (this.#isDescribed(typeOid)) return false;
    const own = this.#own.find(typeOid, typeName && namesOf(typeName));
    if (own !== undefined) return isBinary && typeof own === "function";
    if (typeName === undefined || baseOf(typeName) === undefined) return true;
    // A domain over a built-in type: only its own name is unknown.
    return this.#own.hasNames;
  }

  /**
   * Finds the codec of a type.
   *
   * @param typeOid The type.
   * @param typeName The content of the Type message with that OID, if there was one.
   */
  find(typeOid: number, typeName?: TypeName): ValueCodec {
    const known = this.#codecs.get(typeOid);
    if (known !== undefined) return known;
    if (!this.#isDescribed(typeOid)) return this.#byName(typeOid, typeName);
    const codec = this.#make(typeOid);
    this.#codecs.set(typeOid, codec);
    return codec;
  }

  #isDescribed(typeOid: number): boolean {
    return this.#descriptions.has(typeOid) ||
      this.#builtIn(typeOid) !== undefined ||
      describeBuiltIn(typeOid) !== undefined;
  }

  #byName(typeOid: number, typeName: TypeName | undefined): ValueCodec {
    const names = typeName === undefined ? [] : namesOf(typeName);
    const baseOid = typeName === undefined ? undefined : baseOf(typeName);
    const codec = baseOid === undefined
      ? opaqueCodec(names[0] ?? String(typeOid))
      : this.find(baseOid);
    return ownCodec(this.#own.find(typeOid, names), codec);
  }

  #make(typeOid: number): ValueCodec {
    const builtIn = this.#builtIn(typeOid);
    if (builtIn !== undefined) {
      return ownCodec(this.#own.find(typeOid), builtIn);
    }
    const type = this.#descriptions.get(typeOid) ?? describeBuiltIn(typeOid)!;
    const own = this.#own.find(typeOid, this.#namesOf(type));
    if (this.#open.has(typeOid)) return opaqueCodec(type.name);
    this.#open.add(typeOid);
    try {
      return ownCodec(own, this.#put(type));
    } finally {
      this.#open.delete(typeOid);
    }
  }

  // Creates the codec from those of the parts.
  #put(type: TypeDescription): ValueCodec {
    switch (type.kind) {
      case "base":
        return codecBySendFunction(type.sendFunction) ?? opaqueCodec(type.name);
      case "enum":
        return TEXT;
      case "domain":
        return this.find(type.baseOid);
      case "array":
        return arrayCodec(this.find(type.elementOid), type.delimiter);
      case "range":
        return rangeCodec(this.find(type.subtypeOid));
      case "multirange":
        return multirangeCodec(this.find(type.rangeOid));
      case "composite":
        return compositeCodec({
          typeOid: type.oid,
          name: `"${type.schema}"."${type.name}"`,
          attributes: type.attributes.map(({ name, typeOid }) => ({
            name,
            typeOid,
            codec: this.find(typeOid),
          })),
          codecOf: (typeOid) => this.find(typeOid),
        });
    }
  }

  #namesOf(type: TypeDescription): string[] {
    const element = type.kind === "array"
      ? this.#descriptions.get(type.elementOid)
      : undefined;
    return [
      ...namesOf(type),
      ...(element === undefined
        ? []
        : namesOf(element).map((one) => `${one}[]`)),
    ];
  }
}

function namesOf({ schema, name }: TypeName): string[] {
  return [`${schema}.${name}`, name];
}

function baseOf({ schema, name }: TypeName): number | undefined {
  return schema === "pg_catalog" ? catalogTypeOid(name) : undefined;
}
