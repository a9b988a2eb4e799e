import type { StaleTypeError } from "../values/codec/stale_type_error.ts";
import type { TypeName } from "../values/type_name.ts";
import type { ValueCodec } from "../values/codec/value_codec.ts";
import type { Relation } from "../events/relation.ts";

/** Finds the codecs of tables' columns. */
export interface RelationTypes {
  /** Starts a new connection: types may have changed in between. */
  resume(): void;
  /** Records the content of a Type message. */
  name(typeOid: number, typeName: TypeName): void;
  /**
   * Finds the codecs of a table that the server has described.
   *
   * @returns The codecs of its columns; a promise if something must be looked up or loaded
   * first.
   */
  describe(
    relation: Relation,
  ): readonly ValueCodec[] | Promise<readonly ValueCodec[]>;
  /** Returns the codecs of a table's columns, without a lookup. */
  find(relation: Relation): readonly ValueCodec[];
  /** Whether another lookup may help to decode a value. */
  mayRefresh(error: StaleTypeError): boolean;
  /** Looks up the type again that a value did not fit. */
  refresh(error: StaleTypeError): Promise<void>;
}
