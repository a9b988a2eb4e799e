import type { BuiltInCodecs } from "../values/base_codec.ts";
import type { OwnParsers } from "../values/own_parsers.ts";
import type { StaleTypeError } from "../values/codec/stale_type_error.ts";
import type { TypeDescription } from "../values/type_description.ts";
import type { TypeName } from "../values/type_name.ts";
import type { ValueCodec } from "../values/codec/value_codec.ts";
import { ValueCodecs } from "../values/value_codecs.ts";
import type { Relation } from "../events/relation.ts";
import type { RelationTypes } from "../rows/relation_types.ts";
import type { OnBadValue } from "../rows/row_decoder.ts";

/**
 * Looks up types in the catalog, and the types that they consist of.
 *
 * @param typeOids The types.
 * @returns Their current descriptions.
 */
export type LookUpTypes = (
  typeOids: readonly number[],
) => Promise<readonly TypeDescription[]>;

/** Options for {@linkcode ColumnTypes}. */
export interface ColumnTypesOptions {
  /** The caller's functions. */
  readonly own: OwnParsers;
  /** Finds the codecs of built-in types. */
  readonly builtIn: BuiltInCodecs;
  /** Whether values come in binary format. */
  readonly binary: boolean;
  /** Queries the catalog; `null` to skip lookups. */
  readonly lookUp: LookUpTypes | null;
  /** Called if a lookup fails. */
  readonly onBadValue: OnBadValue;
  /** Aborted when nobody waits for an answer any more: pending lookups then reject. */
  readonly signal?: AbortSignal;
}

/**
 * Finds the codecs of tables' columns. The catalog is queried when a table has a column that
 * requires it. The answer is kept until the connection ends or the table is described again,
 * which may be because a type has changed.
 */
export class ColumnTypes implements RelationTypes {
  readonly #options: ColumnTypesOptions;
  readonly #codecs: ValueCodecs;
  readonly #names = new Map<number, TypeName>();
  // Tables that were described on this connection.
  readonly #described = new Set<number>();
  // The attributes of composite values because of which the catalog was queried.
  readonly #askedFor = new Set<string>();
  #hasFailed = false;

  /** @param options How to look up types. */
  constructor(options: ColumnTypesOptions) {
    this.#options = options;
    this.#codecs = new ValueCodecs(options.own, options.builtIn);
  }

  /** Starts a new connection: the catalog may have changed in between. */
  resume(): void {
    this.#codecs.forget();
    // The server sends names again before it describes a table.
    this.#names.clear();
    this.#described.clear();
    this.#askedFor.clear();
    this.#hasFailed = false;
  }

  /** Records the content of a Type message. */
  name(typeOid: number, typeName: TypeName): void {
    this.#names.set(typeOid, typeName);
  }

  /**
   * Finds the codecs of the columns of a table that is described, for the first time or
   * again.
   *
   * @returns The codecs of the columns; a promise if the catalog is queried.
   */
  describe(
    relation: Relation,
  ): readonly ValueCodec[] | Promise<readonly ValueCodec[]> {
    const { lookUp } = this.#options;
    const isAgain = this.#described.has(relation.oid);
    this.#described.add(relation.oid);
    if (lookUp === null) return this.find(relation);
    const typeOids = relation.columns.map(({ typeOid }) => typeOid).filter(
      (typeOid) =>
        this.#isUnknown(typeOid) ||
        (isAgain && this.#codecs.isFromCatalog(typeOid)),
    );
    if (typeOids.length === 0) return this.find(relation);
    return this.#ask(relation, lookUp([...new Set(typeOids)]));
  }

  /** Returns the codecs of a table's columns, without a lookup. */
  find(relation: Relation): readonly ValueCodec[] {
    return relation.columns.map(({ typeOid }) =>
      this.#codecs.find(typeOid, this.#names.get(typeOid))
    );
  }

  /** Whether querying the catalog again may help to decode a value. */
  mayRefresh({ typeOid, shape }: StaleTypeError): boolean {
    return this.#options.lookUp !== null &&
      !this.#askedFor.has(`${typeOid} ${shape}`);
  }

  /** Queries the catalog again about the type of a value that did not fit. */
  async refresh({ typeOid, shape }: StaleTypeError): Promise<void> {
    this.#askedFor.add(`${typeOid} ${shape}`);
    try {
      this.#codecs.describe(await this.#options.lookUp?.([typeOid]) ?? []);
    } catch {
      this.#options.signal?.throwIfAborted();
      // The value itself is reported instead, since it still does not fit.
    }
  }

  async #ask(
    relation: Relation,
    answer: Promise<readonly TypeDescription[]>,
  ): Promise<readonly ValueCodec[]> {
    let cause: unknown;
    try {
      this.#codecs.describe(await answer);
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (this.#hasFailed) return this.find(relation);
      this.#hasFailed = true;
      cause = error;
    }
    this.#tell(relation, cause);
    return this.find(relation);
  }

  // Reports the first column whose type is still unknown.
  #tell(relation: Relation, cause: unknown): void {
    const column = relation.columns.find(({ typeOid }) =>
      this.#isUnknown(typeOid)
    );
    if (column === undefined) return;
    const { name, typeOid } = column;
    const known = this.#names.get(typeOid);
    const type = known === undefined
      ? typeOid
      : `"${known.schema}"."${known.name}"`;
    const problem = cause === undefined
      ? "the catalog does not know it any more"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    const error = new Error(
      `Cannot look up type ${type} of column "${name}": ${problem}; its values are delivered as the server sends them`,
      { cause },
    );
    this.#options.onBadValue({ relation, column: name, error });
  }

  #isUnknown(typeOid: number): boolean {
    const { binary } = this.#options;
    // Plugins other than pgoutput do not send all OIDs; those below 0 are placeholders.
    return typeOid > 0 &&
      this.#codecs.isUnknown(typeOid, this.#names.get(typeOid), binary);
  }
}
