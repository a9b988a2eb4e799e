import { elementTypeOid, TYPE_OID } from "./type_oid.ts";

/** The common members of every {@linkcode TypeDescription}. */
export interface NamedType {
  /** The OID. */
  readonly oid: number;
  /** The schema. */
  readonly schema: string;
  /** The name. */
  readonly name: string;
}

/** A type with its own input and output functions, like those of extensions. */
export interface BaseType extends NamedType {
  /** The kind of the type. */
  readonly kind: "base";
  /** The name of the function that writes its binary format; `""` without one. */
  readonly sendFunction: string;
}

/** An enum. Its labels are not needed. */
export interface EnumType extends NamedType {
  /** The kind of the type. */
  readonly kind: "enum";
}

/** A domain. */
export interface DomainType extends NamedType {
  /** The kind of the type. */
  readonly kind: "domain";
  /** The OID of its base type. */
  readonly baseOid: number;
}

/** An array type. */
export interface ArrayType extends NamedType {
  /** The kind of the type. */
  readonly kind: "array";
  /** The OID of the elements' type. */
  readonly elementOid: number;
  /** The delimiter between the elements in text: `typdelim` of their type. */
  readonly delimiter: string;
}

/** A range type. */
export interface RangeType extends NamedType {
  /** The kind of the type. */
  readonly kind: "range";
  /** The OID of the bounds' type. */
  readonly subtypeOid: number;
}

/** A multirange type. */
export interface MultirangeType extends NamedType {
  /** The kind of the type. */
  readonly kind: "multirange";
  /** The OID of the ranges' type. */
  readonly rangeOid: number;
}

/** An attribute of a {@linkcode CompositeType}. */
export interface Attribute {
  /** The name. */
  readonly name: string;
  /** The OID of its type. */
  readonly typeOid: number;
}

/** A composite type, or the row type of a table. */
export interface CompositeType extends NamedType {
  /** The kind of the type. */
  readonly kind: "composite";
  /** Its attributes in order, except dropped ones. */
  readonly attributes: readonly Attribute[];
}

/** The catalog's description of a type, as far as it is needed to decode its values. */
export type TypeDescription =
  | BaseType
  | EnumType
  | DomainType
  | ArrayType
  | RangeType
  | MultirangeType
  | CompositeType;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPE_OID).map(([name, oid]) => [oid, name.toLowerCase()]),
);

const SUBTYPES: ReadonlyMap<number, number> = new Map([
  [TYPE_OID.INT4RANGE, TYPE_OID.INT4],
  [TYPE_OID.INT8RANGE, TYPE_OID.INT8],
  [TYPE_OID.NUMRANGE, TYPE_OID.NUMERIC],
  [TYPE_OID.DATERANGE, TYPE_OID.DATE],
  [TYPE_OID.TSRANGE, TYPE_OID.TIMESTAMP],
  [TYPE_OID.TSTZRANGE, TYPE_OID.TIMESTAMPTZ],
]);

const RANGES: ReadonlyMap<number, number> = new Map([
  [TYPE_OID.INT4MULTIRANGE, TYPE_OID.INT4RANGE],
  [TYPE_OID.INT8MULTIRANGE, TYPE_OID.INT8RANGE],
  [TYPE_OID.NUMMULTIRANGE, TYPE_OID.NUMRANGE],
  [TYPE_OID.DATEMULTIRANGE, TYPE_OID.DATERANGE],
  [TYPE_OID.TSMULTIRANGE, TYPE_OID.TSRANGE],
  [TYPE_OID.TSTZMULTIRANGE, TYPE_OID.TSTZRANGE],
]);

/**
 * Describes a built-in type that consists of others: an array, range or multirange.
 *
 * @returns The description; `undefined` for all other types.
 */
export function describeBuiltIn(oid: number): TypeDescription | undefined {
  const schema = "pg_catalog";
  const elementOid = elementTypeOid(oid);
  if (elementOid !== undefined) {
    const name = `_${NAMES.get(elementOid)}`;
    // Boxes contain commas (typdelim in src/include/catalog/pg_type.dat).
    const delimiter = elementOid === TYPE_OID.BOX ? ";" : ",";
    return { kind: "array", oid, schema, name, elementOid, delimiter };
  }
  const name = NAMES.get(oid) ?? "";
  const subtypeOid = SUBTYPES.get(oid);
  if (subtypeOid !== undefined) {
    return { kind: "range", oid, schema, name, subtypeOid };
  }
  const rangeOid = RANGES.get(oid);
  return rangeOid === undefined
    ? undefined
    : { kind: "multirange", oid, schema, name, rangeOid };
}
