import type { TextParser } from "../codec/text_parser.ts";

/** The maximum number of dimensions of an array: MAXDIM in src/include/utils/array.h. */
export const MAX_DIMENSIONS: number = 6;

const BOUNDS = /(?:\[-?\d+:-?\d+\])+=/y;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Options for {@linkcode parseArray}. */
export interface ParseArrayOptions {
  /**
   * The delimiter between the elements: `typdelim` of their type in `pg_type`.
   *
   * @default {","} and `;` for `box`
   */
  readonly delimiter?: string;
}

/**
 * Parses the server's text for an array into a JavaScript array, nested if there are several
 * dimensions. Bounds that don't start at 1 (`[0:1]={a,b}`) are dropped.
 *
 * Source: the manual, "Arrays", "Array Input and Output Syntax".
 *
 * @param text The array's text, for example `{1,NULL,"a b"}`.
 * @param parseElement Parses an element that is not NULL.
 * @param options The delimiter.
 * @returns The elements, `null` for NULL.
 * @throws {SyntaxError} If the text is not an array. Errors of `parseElement` are passed on.
 */
export function parseArray(
  text: string,
  parseElement: TextParser,
  options: ParseArrayOptions = {},
): unknown[] {
  const reader = new ArrayReader(text, parseElement, options.delimiter ?? ",");
  return reader.read();
}

class ArrayReader {
  readonly #text: string;
  readonly #parseElement: TextParser;
  readonly #delimiter: number;
  #at = 0;

  constructor(text: string, parseElement: TextParser, delimiter: string) {
    this.#text = text;
    this.#parseElement = parseElement;
    this.#delimiter = delimiter.charCodeAt(0);
  }

  read(): unknown[] {
    BOUNDS.lastIndex = 0;
    if (BOUNDS.test(this.#text)) this.#at = BOUNDS.lastIndex;
    if (this.#next() !== OPEN) throw this.#malformed();
    const array = this.#array(1);
    if (this.#at < this.#text.length) throw this.#malformed();
    return array;
  }

  // The text from the opening brace to the closing one.
  #array(dimension: number): unknown[] {
    if (dimension > MAX_DIMENSIONS) throw this.#malformed();
    const elements: unknown[] = [];
    this.#at++;
    if (this.#next() === CLOSE) {
      this.#at++;
      return elements;
    }
    while (true) {
      elements.push(this.#element(dimension));
      const code = this.#next();
      if (code !== this.#delimiter && code !== CLOSE) throw this.#malformed();
      this.#at++;
      if (code === CLOSE) return elements;
    }
  }

  #element(dimension: number): unknown {
    const code = this.#next();
    if (code === OPEN) return this.#array(dimension + 1);
    if (code === QUOTE) return this.#parseElement(this.#quoted());
    const text = this.#unquoted();
    if (text.length === 4 && text.toUpperCase() === "NULL") return null;
    return this.#parseElement(text);
  }

  // The text up to the closing quote; a backslash escapes a quote.
  #quoted(): string {
    let text = "";
    let start = ++this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#next();
      if (code === QUOTE) return text + this.#text.slice(start, this.#at++);
      if (code === BACKSLASH) {
        text += this.#text.slice(start, this.#at);
        start = ++this.#at;
      }
    }
    throw this.#malformed();
  }

  // Empty text, and text with a brace or a quote, would be quoted.
  #unquoted(): string {
    const start = this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#next();
      if (code === this.#delimiter || code === CLOSE) break;
      if (code === OPEN || code === QUOTE || code === BACKSLASH) {
        throw this.#malformed();
      }
    }
    if (this.#at === start) throw this.#malformed();
    return this.#text.slice(start, this.#at);
  }

  // NaN at the end, which equals no other value.
  #next(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #malformed(): SyntaxError {
    const text = JSON.stringify(this.#text.slice(0, 100));
    return new SyntaxError(
      `Cannot parse ${text} as an array: malformed at character ${this.#at}`,
    );
  }
}
