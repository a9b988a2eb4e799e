import type { RelationMessage } from "../pgoutput/message.ts";
import type { StaleTypeError } from "../values/codec/stale_type_error.ts";
import type { ValueCodec } from "../values/codec/value_codec.ts";
import type { Relation } from "../events/relation.ts";
import type { RelationTypes } from "./relation_types.ts";
import { DecoderCache } from "./decoder_cache.ts";
import { type OnBadValue, RowDecoder } from "./row_decoder.ts";
import { type TextReading, UTF8_TEXT } from "../values/text/text_reading.ts";
import { sameRelation } from "../events/relation.ts";

/** The result of a Relation message. */
export interface Described {
  /** The table. */
  readonly relation: Relation;
  /** The same object if nothing has changed; `null` if it was not described before. */
  readonly previous: Relation | null;
}

/** Options for {@linkcode RelationDecoders}. */
export interface RelationDecodersOptions {
  /** Finds the codecs of tables' columns. */
  readonly types: RelationTypes;
  /** Called with values that could not be parsed. */
  readonly onBadValue: OnBadValue;
  /**
   * The approximate number of columns of all tables whose decoders are kept.
   *
   * @default {65_536}
   */
  readonly capacity?: number;
}

/** The described tables, and the decoders of their rows. */
export class RelationDecoders {
  readonly #options: RelationDecodersOptions;
  readonly #byOid: DecoderCache;
  #text: TextReading = UTF8_TEXT;

  /** @param options How values are decoded. */
  constructor(options: RelationDecodersOptions) {
    this.#options = options;
    const { capacity } = options;
    this.#byOid = new DecoderCache({
      make: (relation) => this.#make(relation, this.types.find(relation)),
      ...capacity === undefined ? {} : { capacity },
    });
  }

  /** Finds the codecs of tables' columns. */
  get types(): RelationTypes {
    return this.#options.types;
  }

  /** The decoders, by the tables' OIDs. */
  get byOid(): DecoderCache {
    return this.#byOid;
  }

  /** Starts a new connection, on which the server describes each table again. */
  resume(): void {
    this.types.resume();
    this.#byOid.resume();
  }

  /** Sets how values in text format are decoded from now on. */
  readText(text: TextReading): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#byOid.remake();
  }

  /**
   * Processes the description of a table.
   *
   * @param message The description.
   * @param primaryKey The names of the primary key's columns, or `null`.
   * @returns The result; a promise if a type must be looked up first.
   */
  describe(
    message: RelationMessage,
    primaryKey: Relation["primaryKey"],
  ): Described | Promise<Described> {
    const { oid, schema, name, replicaIdentity, columns } = message;
    const described: Relation = {
      ...{ oid, schema, name, replicaIdentity, primaryKey, columns },
    };
    const previous = this.#byOid.relation(oid);
    // The server describes tables again for many reasons, mostly without any change.
    const relation = previous !== null && sameRelation(previous, described)
      ? previous
      : described;
    const codecs = this.types.describe(relation);
    if (!(codecs instanceof Promise)) {
      this.#byOid.set(this.#make(relation, codecs));
      return { relation, previous };
    }
    return codecs.then((found) => {
      this.#byOid.set(this.#make(relation, found));
      // A new description of a type applies to all tables that use it.
      this.#byOid.remake();
      return { relation, previous };
    });
  }

  /** Looks up the type again that a value did not fit. */
  async refresh(error: StaleTypeError): Promise<void> {
    await this.types.refresh(error);
    this.#byOid.remake();
  }

  #make(relation: Relation, codecs: readonly ValueCodec[]): RowDecoder {
    const { onBadValue, types } = this.#options;
    return new RowDecoder(relation, codecs, {
      onBadValue,
      text: this.#text,
      mayRefresh: (error) => types.mayRefresh(error),
    });
  }
}
