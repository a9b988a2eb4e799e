/** What a value did not fit to. */
export interface StaleType {
  /** The type's OID. */
  readonly typeOid: number;
  /** The type's name, for errors. */
  readonly name: string;
  /** Its attributes, in order. */
  readonly attributes: readonly { readonly typeOid: number }[];
}

/**
 * A value of a composite type has other attributes than the type: one of the two is
 * older.
 */
export class StaleTypeError extends SyntaxError {
  /** The OID of the type. */
  readonly typeOid: number;
  /** What the value has instead. */
  readonly shape: string;

  /**
   * @param type The type.
   * @param shape What the value has instead of its attributes.
   */
  constructor(type: StaleType, shape: string) {
    super(
      `Cannot read a value of composite type ${type.name}: it has ${shape}, and the type ${type.attributes.length} attributes, of types ${
        type.attributes.map(({ typeOid }) => typeOid)
      }; was the type altered?`,
    );
    this.name = "StaleTypeError";
    this.typeOid = type.typeOid;
    this.shape = shape;
  }
}
