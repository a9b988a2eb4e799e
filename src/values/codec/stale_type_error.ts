/** How a value differs from the type's definition. */
export interface StaleType {
  /** The type's OID. */
  readonly typeOid: number;
  /** The attributes that the value has instead of the type's. */
  readonly shape: string;
}

/**
 * A value of a composite type has attributes other than those of the type: one of the two is
 * outdated.
 */
export class StaleTypeError extends SyntaxError {
  /** The OID of the type. */
  readonly typeOid: number;
  /** The attributes that the value has instead. */
  readonly shape: string;

  /**
   * @param message What is wrong.
   * @param type The type, and the value's attributes.
   */
  constructor(message: string, { typeOid, shape }: StaleType) {
    super(message);
    this.name = "StaleTypeError";
    this.typeOid = typeOid;
    this.shape = shape;
  }
}
