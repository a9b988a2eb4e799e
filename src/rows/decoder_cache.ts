import { ConnectionError } from "../errors.ts";
import type { Relation } from "../events/relation.ts";
import type { RowDecoder } from "./row_decoder.ts";

/** Options for {@linkcode DecoderCache}. */
export interface DecoderCacheOptions {
  /** Creates the decoder of a described table. */
  readonly make: (relation: Relation) => RowDecoder;
  /**
   * The approximate number of columns of all tables whose decoders are kept: a decoder takes
   * about 200 bytes per column.
   *
   * @default {65_536}
   */
  readonly capacity?: number;
}

const CAPACITY_COLUMNS = 2 ** 16;
/** The overhead of a table besides its columns, in columns. */
const TABLE_OVERHEAD_COLUMNS = 4;
/** The number of characters of other tables' descriptions to keep for each column. */
const CHARACTERS_PER_COLUMN = 256;

/**
 * Keeps the decoders of the tables in use, and for more tables a short text from which their
 * decoders can be created again. Both are bounded: the server describes every table once per
 * connection, however many there are, and never reports that one was dropped.
 *
 * Decoders are kept in two generations. When the young one is full, it becomes the old one,
 * and what remains of the previous old one is dropped.
 */
export class DecoderCache {
  readonly #options: DecoderCacheOptions;
  readonly #capacity: number;
  #young = new Map<number, RowDecoder>();
  #old = new Map<number, RowDecoder>();
  // The decoder found last: changes of one table often come in a row.
  #last: RowDecoder | null = null;
  #youngSize = 0;
  // The texts of dropped tables, the most recent at the end.
  readonly #texts = new Map<number, string>();
  #textSize = 0;
  #textCapacity: number;
  // Whether a description that the server assumes to be known was dropped.
  #hasForgotten = false;

  /** @param options How decoders are created, and how many are kept. */
  constructor(options: DecoderCacheOptions) {
    const { capacity = CAPACITY_COLUMNS } = options;
    this.#options = options;
    this.#capacity = capacity;
    this.#textCapacity = capacity * CHARACTERS_PER_COLUMN;
  }

  /** The number of tables that currently have a decoder. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Starts a new connection, on which the server describes each table again. */
  resume(): void {
    this.#hasForgotten = false;
  }

  /**
   * Finds the decoder of a table.
   *
   * @param oid The table.
   * @returns The decoder; `undefined` if the table has not been described.
   * @throws {ConnectionError} If its description may have been dropped: the next connection
   * sends it again, and then there is more space.
   */
  get(oid: number): RowDecoder | undefined {
    const last = this.#last;
    if (last !== null && last.relation.oid === oid) return last;
    const decoder = this.#young.get(oid) ?? this.#recall(oid);
    this.#last = decoder ?? null;
    return decoder;
  }

  /** Finds the last description of a table, or `null`. */
  relation(oid: number): Relation | null {
    const decoder = this.#young.get(oid) ?? this.#old.get(oid);
    if (decoder !== undefined) return decoder.relation;
    const text = this.#texts.get(oid);
    return text === undefined ? null : JSON.parse(text);
  }

  /** Sets the decoder of a described table. */
  set(decoder: RowDecoder): void {
    const { oid } = decoder.relation;
    this.#last = null;
    this.#old.delete(oid);
    this.#dropText(oid);
    const replaced = this.#young.get(oid);
    if (replaced !== undefined) this.#youngSize -= sizeOf(replaced);
    this.#young.set(oid, decoder);
    this.#youngSize += sizeOf(decoder);
    if (this.#youngSize > this.#capacity) this.#age();
  }

  /** Recreates all decoders. */
  remake(): void {
    this.#last = null;
    for (const decoders of [this.#young, this.#old]) {
      for (const [oid, { relation }] of [...decoders]) {
        decoders.set(oid, this.#options.make(relation));
      }
    }
  }

  // The text of a table that is used again.
  #recall(oid: number): RowDecoder | undefined {
    const text = this.#texts.get(oid);
    const decoder = this.#old.get(oid) ??
      (text === undefined ? undefined : this.#options.make(JSON.parse(text)));
    if (decoder !== undefined) {
      this.set(decoder);
    } else if (this.#hasForgotten) {
      this.#textCapacity *= 2;
      throw new ConnectionError(
        `Cannot find the description of relation ${oid}: it was dropped in favour of many others; the server must send it again`,
      );
    }
    return decoder;
  }

  #age(): void {
    for (const [oid, { relation }] of this.#old) {
      const text = JSON.stringify(relation);
      this.#texts.set(oid, text);
      this.#textSize += text.length;
    }
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngSize = 0;
    for (const oid of this.#texts.keys()) {
      if (this.#textSize <= this.#textCapacity) break;
      this.#dropText(oid);
      this.#hasForgotten = true;
    }
  }

  #dropText(oid: number): void {
    this.#textSize -= this.#texts.get(oid)?.length ?? 0;
    this.#texts.delete(oid);
  }
}

function sizeOf({ relation }: RowDecoder): number {
  return relation.columns.length + TABLE_OVERHEAD_COLUMNS;
}
