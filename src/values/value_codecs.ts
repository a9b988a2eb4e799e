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
 * Finds out how to read values of any type, from what is known of it: the built-in
 * types, what the catalog was asked for, the names that pgoutput tells, and before all
 * of these the caller's own functions.
 */
export class ValueCodecs {
  readonly #own: OwnParsers;
  readonly #builtIn: BuiltInCodecs;
  readonly #descriptions = new Map<number, TypeDescription>();
  readonly #codecs = new Map<number, ValueCodec>();
  // Types that are being put together, in case one contains itself.
  readonly #open = new Set<number>();

  /**
   * @param own The caller's functions.
   * @param builtIn How to read built-in types.
   */
  constructor(own: OwnParsers, builtIn: BuiltInCodecs) {
    this.#own = own;
    this.#builtIn = builtIn;
  }

  /** Takes what the catalog says about types, instead of what it said before. */
  describe(types: Iterable<TypeDescription>): void {
    for (const type of types) this.#descriptions.set(type.oid, type);
    this.#codecs.clear();
  }

  /** Forgets what the catalog has said. */
  forget(): void {
    this.#descriptions.clear();
    this.#codecs.clear();
  }

  /** Whether what is known of a type is what the catalog has said. */
  isFromCatalog(typeOid: number): boolean {
    return this.#descriptions.has(typeOid);
  }

  /**
   * Whether the catalog would tell more about a type than is known, to read its values.
   *
   * @param typeOid The type.
   * @param typeName What the Type message with that OID said, if there was one.
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
    // A domain over a built-in type: only its own name is not known.
    return this.#own.hasNames;
  }

  /**
   * Finds out how to read a type.
   *
   * @param typeOid The type.
   * @param typeName What the Type message with that OID said, if there was one.
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

  // Puts the codecs of the parts together.
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
