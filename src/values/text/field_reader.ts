import { notA } from "../codec/value_codec.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads the text of ranges and composites, whose parts follow the same quoting rules: within
 * quotes, a quote is doubled or follows a backslash, and quotes may begin anywhere.
 *
 * Source: the manual, "Composite Types" and "Range Types", input and output syntax.
 */
export class FieldReader {
  readonly #text: string;
  readonly #what: string;
  #at = 0;

  /**
   * @param text The text.
   * @param what Its kind, with the article, for errors.
   */
  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
  }

  /** The number of characters read so far. */
  get at(): number {
    return this.#at;
  }

  /** Reads the next character if it is one of these; otherwise returns `""`. */
  take(characters: string): string {
    const character = this.#text.charAt(this.#at);
    if (character === "" || !characters.includes(character)) return "";
    this.#at++;
    return character;
  }

  /**
   * Reads the next character, which must be one of these.
   *
   * @throws {SyntaxError} If it is another.
   */
  expect(characters: string): string {
    const character = this.take(characters);
    if (character === "") throw this.malformed();
    return character;
  }

  /**
   * Reads everything before the next of these characters outside of quotes.
   *
   * @returns The text; `null` if it is empty and not quoted.
   * @throws {SyntaxError} If the text ends before that.
   */
  field(terminators: string): string | null {
    const begin = this.#at;
    let text = "";
    let start = begin;
    let isQuoted = false;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE || code === BACKSLASH) {
        text += this.#text.slice(start, this.#at);
        start = this.#at + 1;
        if (code === BACKSLASH) this.#at++;
        else if (isQuoted && this.#text.charCodeAt(start) === QUOTE) this.#at++;
        else isQuoted = !isQuoted;
      } else if (!isQuoted && terminators.includes(this.#text[this.#at]!)) {
        return this.#at === begin
          ? null
          : text + this.#text.slice(start, this.#at);
      }
    }
    throw this.malformed();
  }

  /**
   * Checks that the whole text has been read.
   *
   * @throws {SyntaxError} If there is more text.
   */
  end(): void {
    if (this.#at < this.#text.length) throw this.malformed();
  }

  /** Creates the error for the current place in the text. */
  malformed(): SyntaxError {
    return notA(
      this.#text,
      `${this.#what}: malformed at character ${this.#at}`,
    );
  }
}

/**
 * Formats a part of a range or composite, in quotes if necessary.
 *
 * @param text The part.
 * @param special Matches texts that require quotes.
 */
export function quoteField(text: string, special: RegExp): string {
  if (text !== "" && !special.test(text)) return text;
  return `"${text.replace(/["\\]/g, "$&$&")}"`;
}
