import { type TupleData, UNCHANGED } from "../pgoutput/tuple.ts";
import type { TextParser } from "../values/text_parser.ts";
import type { Relation, Row } from "./event.ts";

/** Told of a value that its parser refused, and that is delivered as text. */
export type OnBadValue = (
  relation: Relation,
  column: string,
  error: unknown,
) => void;

/**
 * Makes rows of one version of one table. What is known beforehand, the names and the
 * parsers of its columns, is looked up once.
 */
export class RowDecoder {
  /** The table that this makes rows of. */
  readonly relation: Relation;
  readonly #names: readonly string[];
  readonly #parsers: readonly TextParser[];
  readonly #keys: readonly number[];
  readonly #onBadValue: OnBadValue;

  /**
   * @param relation The table.
   * @param parsers How to read the values of each column.
   * @param onBadValue Told of values that could not be parsed.
   */
  constructor(
    relation: Relation,
    parsers: readonly TextParser[],
    onBadValue: OnBadValue,
  ) {
    this.relation = relation;
    this.#names = relation.columns.map(({ name }) => name);
    this.#parsers = parsers;
    this.#keys = relation.columns.flatMap(({ isKey }, i) => isKey ? [i] : []);
    this.#onBadValue = onBadValue;
  }

  /**
   * Makes a whole row.
   *
   * @param tuple What the server sent.
   * @param old Where to take values from that the server left out as unchanged.
   */
  row(tuple: TupleData, old: TupleData | null): Row {
    const row: Record<string, unknown> = {};
    for (let i = 0; i < this.#names.length; i++) {
      let value = tuple[i];
      // In an old tuple that holds the key only, null stands for "not sent".
      if (value === UNCHANGED) value = old?.[i] ?? UNCHANGED;
      this.#assign(row, i, value);
    }
    return row;
  }

  /** Makes the key columns' part of a row; `null` if the table has no key. */
  key(tuple: TupleData): Row | null {
    if (this.#keys.length === 0 || this.relation.replicaIdentity === "full") {
      return null;
    }
    const row: Record<string, unknown> = {};
    for (const i of this.#keys) this.#assign(row, i, tuple[i]);
    return row;
  }

  #assign(
    row: Record<string, unknown>,
    i: number,
    raw: TupleData[number] | undefined,
  ): void {
    const name = this.#names[i]!;
    const value = typeof raw === "string" ? this.#parse(i, raw) : raw;
    if (name === "__proto__") {
      // Plain assignment would set the row's prototype, and lose the value.
      Object.defineProperty(row, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } else {
      row[name] = value;
    }
  }

  #parse(i: number, text: string): unknown {
    try {
      return this.#parsers[i]!(text);
    } catch (error) {
      this.#onBadValue(this.relation, this.#names[i]!, error);
      return text;
    }
  }
}
