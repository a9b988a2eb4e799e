/** A data type, as in `pg_type`. */
export interface DataType {
  /** Its OID. */
  readonly oid: number;
  /** Its schema. */
  readonly schema: string;
  /** Its name in `pg_type`. */
  readonly name: string;
  /** Its kind, and what it consists of. */
  readonly form:
    | { readonly kind: "base" }
    | { readonly kind: "array"; readonly element: DataType }
    | { readonly kind: "enum"; readonly labels: readonly string[] }
    | { readonly kind: "domain"; readonly base: ColumnType }
    | {
      readonly kind: "composite";
      readonly attributes: readonly {
        readonly name: string;
        readonly type: ColumnType;
      }[];
    };
}

/** A data type, and its modifier. */
export interface ColumnType {
  /** The type. */
  readonly type: DataType;
  /** The modifier; -1 for none. */
  readonly modifier: number;
}

/** `FirstGenbkiObjectId`: types with a lower OID are known to every client. */
export const FIRST_UNKNOWN_OID = 10_000;

/** Returns the type on which a domain is based, at any depth. */
export function baseOf(type: DataType): DataType {
  return type.form.kind === "domain" ? baseOf(type.form.base.type) : type;
}
