import type { RelationMessage } from "../pgoutput/message.ts";
import type { StaleTypeError } from "../values/codec/stale_type_error.ts";
import type { ValueCodec } from "../values/codec/value_codec.ts";
import type { Relation } from "../events/relation.ts";
import type { RelationTypes } from "./relation_types.ts";
import { DecoderCache } from "./decoder_cache.ts";
import { type OnBadValue, RowDecoder } from "./row_decoder.ts";
import { type TextReading, UTF8_TEXT } from "../values/text/text_reading.ts";
import { sameRelation } from "../events/relation.ts";

/** What a Relation message means. */
export interface Described {
  /** The table. */
  readonly relation: Relation;
  /** The same object if nothing has changed; `null` if it was not described before. */
  readonly previous: Relation | null;
}

/** Options for {@linkcode RelationDecoders}. */
export interface RelationDecodersOptions {
  /** Finds out how to read the columns of tables. */
  readonly types: RelationTypes;
  /** Called with values that could not be parsed. */
  readonly onBadValue: OnBadValue;
  /**
   * How many columns the tables have whose decoders are kept ready, roughly.
   *
   * @default {65_536}
   */
  readonly capacity?: number;
}

/** The tables that were described, and how to read their rows. */
export class RelationDecoders {
  readonly #options: RelationDecodersOptions;
  readonly #byOid: DecoderCache;
  #text: TextReading = UTF8_TEXT;

  /** @param options How values become JavaScript's. */
  constructor(options: RelationDecodersOptions) {
    this.#options = options;
    const { capacity } = options;
    this.#byOid = new DecoderCache({
      make: (relation) => this.#make(relation, this.types.find(relation)),
      ...capacity === undefined ? {} : { capacity },
    });
  }

  /** How the columns of tables are read. */
  get types(): RelationTypes {
    return this.#options.types;
  }

  /** The decoders, by the tables' OIDs. */
  get byOid(): DecoderCache {
    return this.#byOid;
  }

  /** Begins a new connection, on which the server describes each table again. */
  resume(): void {
    this.types.resume();
    this.#byOid.resume();
  }

  /** Sets how values in text format are read from now on. */
  readText(text: TextReading): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#byOid.remake();
  }

  /**
   * Takes the description of a table.
   *
   * @param message The description.
   * @param primaryKey The names of the primary key's columns, or `null`.
   * @returns What it means; a promise where a type has to be looked up first.
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
    // The server describes tables again for many reasons; most change nothing.
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
      // What is new about a type holds for all tables that have it.
      this.#byOid.remake();
      return { relation, previous };
    });
  }

  /** Looks up again what a value did not fit to. */
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
