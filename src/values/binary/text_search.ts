import { ByteCursor } from "../../bytes/byte_cursor.ts";
import { textualCodec, type ValueCodec } from "../codec/value_codec.ts";

// Deeper queries might exceed the stack.
const MAX_DEPTH = 500;

// src/include/tsearch/ts_type.h.
const OPERAND = 1;
const OPERATOR = 2;
const NOT = 1;
const AND = 2;
const OR = 3;
const PHRASE = 4;
// By operator: the one that binds more tightly has the larger number.
const PRIORITIES: readonly number[] = [0, 4, 2, 1, 3];

/** Values of `tsvector`: the text, `'cat':2,4B 'dog':1`. */
export const TSVECTOR: ValueCodec = textualCodec(vectorText);

/** Values of `tsquery`: the text, `'cat' & !'dog':*`. */
export const TSQUERY: ValueCodec = textualCodec(queryText);

// Source: tsvectorsend in src/backend/utils/adt/tsvector.c.
function vectorText(bytes: Uint8Array, start: number, end: number): string {
  const cursor = new ByteCursor(bytes.subarray(start, end), "a tsvector");
  const lexemes: string[] = [];
  // A lexeme takes at least its terminator and the number of its positions.
  for (let i = cursor.count(cursor.int32(), 3); i > 0; i--) {
    const lexeme = quote(cursor.string());
    const positions: string[] = [];
    for (let n = cursor.count(cursor.int16(), 2); n > 0; n--) {
      const entry = cursor.int16() & 0xffff;
      positions.push(
        `${entry & 0x3fff}${["", "C", "B", "A"][entry >> 14]}`,
      );
    }
    const list = positions.join(",");
    lexemes.push(list === "" ? lexeme : `${lexeme}:${list}`);
  }
  cursor.end();
  return lexemes.join(" ");
}

// Source: tsquerysend and infix in src/backend/utils/adt/tsquery.c.
function queryText(bytes: Uint8Array, start: number, end: number): string {
  const cursor = new ByteCursor(bytes.subarray(start, end), "a tsquery");
  const count = cursor.count(cursor.int32(), 2);
  const text = count === 0 ? "" : new QueryReader(cursor, count).read();
  cursor.end();
  return text;
}

interface Place {
  /** The priority of the enclosing operator. */
  readonly priority: number;
  /** Whether it follows a phrase operator. */
  readonly isBehindPhrase: boolean;
  readonly depth: number;
}

/** Converts tokens from prefix to infix form. */
class QueryReader {
  readonly #cursor: ByteCursor;
  #left: number;

  constructor(cursor: ByteCursor, count: number) {
    this.#cursor = cursor;
    this.#left = count;
  }

  read(): string {
    const text = this.#token({ priority: -1, isBehindPhrase: false, depth: 0 });
    if (this.#left > 0) throw this.#cursor.error(`${this.#left} loose tokens`);
    return text;
  }

  #token(place: Place): string {
    if (this.#left-- <= 0) {
      throw this.#cursor.error("an operand that is missing");
    }
    if (place.depth > MAX_DEPTH) throw this.#cursor.error("too deep a query");
    const kind = this.#cursor.uint8();
    if (kind === OPERAND) return this.#operand();
    if (kind === OPERATOR) return this.#operator(place);
    throw this.#cursor.error(`unknown token ${kind}`);
  }

  #operand(): string {
    const weight = this.#cursor.uint8();
    const isPrefix = this.#cursor.uint8() !== 0;
    const lexeme = quote(this.#cursor.string());
    const flags = (isPrefix ? "*" : "") + weightText(weight);
    return flags === "" ? lexeme : `${lexeme}:${flags}`;
  }

  #operator({ priority: around, isBehindPhrase, depth }: Place): string {
    const operator = this.#cursor.uint8();
    if (operator < NOT || operator > PHRASE) {
      throw this.#cursor.error(`unknown operator ${operator}`);
    }
    const priority = PRIORITIES[operator]!;
    const inside = { priority, isBehindPhrase: false, depth: depth + 1 };
    if (operator === NOT) {
      const text = `!${this.#token(inside)}`;
      return priority < around ? `( ${text} )` : text;
    }
    const sign = this.#sign(operator);
    // The right operand comes first.
    const right = this.#token({
      ...inside,
      isBehindPhrase: operator === PHRASE,
    });
    const text = `${this.#token(inside)} ${sign} ${right}`;
    const isLoose = priority < around ||
      (operator === PHRASE && isBehindPhrase);
    return isLoose ? `( ${text} )` : text;
  }

  #sign(operator: number): string {
    if (operator === AND) return "&";
    if (operator === OR) return "|";
    const distance = this.#cursor.int16();
    return distance === 1 ? "<->" : `<${distance}>`;
  }
}

function weightText(weight: number): string {
  return (weight & 8 ? "A" : "") + (weight & 4 ? "B" : "") +
    (weight & 2 ? "C" : "") + (weight & 1 ? "D" : "");
}

function quote(lexeme: string): string {
  return `'${lexeme.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
}
