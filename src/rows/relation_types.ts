import type { StaleTypeError } from "../values/codec/stale_type_error.ts";
import type { TypeName } from "../values/type_name.ts";
import type { ValueCodec } from "../values/codec/value_codec.ts";
import type { Relation } from "../events/relation.ts";

/** Finds out how to read the columns of tables. */
export interface RelationTypes {
  /** Begins a new connection: what is known of types may have changed in between. */
  resume(): void;
  /** Takes what a Type message says. */
  name(typeOid: number, typeName: TypeName): void;
  /**
   * Finds out how to read a table that the server has described.
   *
   * @returns The codecs of its columns; a promise where something has to be asked or
   * loaded first.
   */
  describe(
    relation: Relation,
  ): readonly ValueCodec[] | Promise<readonly ValueCodec[]>;
  /** Gives the codecs of a table's columns, by what is known. */
  find(relation: Relation): readonly ValueCodec[];
  /** Whether asking again may help to read a value. */
  mayRefresh(error: StaleTypeError): boolean;
  /** Asks again about the type of a value that did not fit. */
  refresh(error: StaleTypeError): Promise<void>;
}
