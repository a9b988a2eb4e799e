/** A column of a published table. */
export interface DescribedColumn {
  /** Its name. */
  readonly name: string;
  /** The OID of its type. */
  readonly typeOid: number;
  /** Its type in SQL notation, for people: `numeric(10,2)`. */
  readonly typeText: string;
  /** The number of dimensions with which an array was declared; 0 otherwise. */
  readonly dimensions: number;
  /** Whether it can't be null. */
  readonly isNotNull: boolean;
  /** Whether it is a generated column. */
  readonly isGenerated: boolean;
  /** Whether the server may store its values out of line. */
  readonly isToastable: boolean;
  /** Whether it is part of `event.key`. */
  readonly isKey: boolean;
}

/** A published table. */
export interface DescribedTable {
  /** Its schema. */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
  /** Whether its REPLICA IDENTITY is FULL. */
  readonly isFull: boolean;
  /** Its published columns, in order. */
  readonly columns: readonly DescribedColumn[];
}

/** A type that is not built in, or consists of others. */
export interface DescribedType {
  /** Its OID. */
  readonly oid: number;
  /** Its schema. */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
  /** Its kind, as in `pg_type.typtype`, or `a` for an array. */
  readonly kind: "a" | "b" | "c" | "d" | "e" | "m" | "p" | "r";
  /**
   * The type of its elements, bounds or ranges, or the base type of a domain; 0 otherwise.
   */
  readonly partOid: number;
  /** The number of dimensions with which a domain over an array was declared; 0 otherwise. */
  readonly dimensions: number;
  /** The name of the function that writes its binary format. */
  readonly sendFunction: string;
  /** The labels of an enum, in order. */
  readonly labels: readonly string[];
  /** The attributes of a composite, in order. */
  readonly attributes: readonly DescribedAttribute[];
}

/** An attribute of a composite. */
export interface DescribedAttribute {
  /** Its name. */
  readonly name: string;
  /** The OID of its type. */
  readonly typeOid: number;
  /** The number of dimensions with which an array was declared; 0 otherwise. */
  readonly dimensions: number;
}

/** The catalog's description of the tables of publications. */
export interface DescribedSchema {
  /** The publications that do not exist. */
  readonly missing: readonly string[];
  /** The tables. */
  readonly tables: readonly DescribedTable[];
  /** The types of their columns, and those that these consist of. */
  readonly types: readonly DescribedType[];
}
