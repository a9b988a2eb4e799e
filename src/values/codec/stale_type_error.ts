/** What a value did not fit to. */
export interface StaleType {
  /** The type's OID. */
  readonly typeOid: number;
  /** What the value has instead of the type's attributes. */
  readonly shape: string;
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
   * @param message What is wrong.
   * @param type With which type.
   */
  constructor(message: string, { typeOid, shape }: StaleType) {
    super(message);
    this.name = "StaleTypeError";
    this.typeOid = typeOid;
    this.shape = shape;
  }
}
