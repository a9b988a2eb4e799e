import { fromByteString } from "../bytes/byte_string.ts";
import { decodeText } from "../bytes/decode_text.ts";
import { decodeValueText } from "../pgoutput/decode_value_text.ts";
import type { UndecodedText } from "../pgoutput/undecoded_text.ts";
import { ProtocolError } from "../errors.ts";
import type { UnixMicros } from "../timestamp.ts";
import { parseTimestamp } from "../timestamp_text.ts";

const LARGEST_XID = 2 ** 32 - 1;

// quote_identifier() in src/backend/utils/adt/ruleutils.c does not quote these.
const BARE_IDENTIFIER = /[a-z_][a-z0-9_]*/y;
const DIGITS = /\d{1,10}/y;
const TIME = /[^)]*/y;

/** A cursor over the text of one message, by characters. */
export class TextCursor {
  readonly #text: string;
  readonly #isByteString: boolean;
  #at = 0;

  /**
   * @param text One complete message.
   * @param isByteString Whether each character represents a byte, since the message is not
   * UTF-8.
   */
  constructor(text: string, isByteString = false) {
    this.#text = text;
    this.#isByteString = isByteString;
  }

  /** Returns whether these characters come next. */
  sees(literal: string): boolean {
    return this.#text.startsWith(literal, this.#at);
  }

  /** Reads these characters if they come next, and returns whether they did. */
  accept(literal: string): boolean {
    const found = this.sees(literal);
    if (found) this.#at += literal.length;
    return found;
  }

  /** Reads these characters, which must come next. */
  expect(literal: string): void {
    if (!this.accept(literal)) {
      throw this.error(`expected ${JSON.stringify(literal)}`);
    }
  }

  /** Reads the match of a sticky pattern; `null` if it does not match. */
  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }

  /** Reads an identifier, and removes its quotes. */
  identifier(): string {
    if (this.sees('"')) return this.#textOf(this.quoted('"'));
    const found = this.match(BARE_IDENTIFIER);
    if (found === null) throw this.error("expected an identifier");
    return found;
  }

  /** Reads a quoted text, in which the quote is doubled. */
  quoted(quote: '"' | "'"): string {
    const before = this.#at;
    this.expect(quote);
    const start = this.#at;
    let isDoubled = false;
    for (;;) {
      const end = this.#text.indexOf(quote, this.#at);
      if (end < 0) {
        this.#at = before;
        throw this.error("a quote without an end");
      }
      this.#at = end + 1;
      if (!this.accept(quote)) {
        const text = this.#text.slice(start, end);
        return isDoubled ? text.replaceAll(quote + quote, quote) : text;
      }
      isDoubled = true;
    }
  }

  /** Reads a literal in the format of quote_literal(). */
  literal(): string {
    if (!this.accept("E")) return this.#textOf(this.quoted("'"));
    return this.#textOf(this.quoted("'").replaceAll("\\\\", "\\"));
  }

  /** Reads a value in quotes. */
  value(): string | UndecodedText {
    const text = this.quoted("'");
    if (!this.#isByteString) return text;
    const bytes = fromByteString(text);
    return decodeValueText(bytes, 0, bytes.length);
  }

  /** Reads a transaction id. */
  xid(): number {
    const digits = this.match(DIGITS);
    if (digits === null || Number(digits) > LARGEST_XID) {
      throw this.error("expected a transaction's id");
    }
    return Number(digits);
  }

  /** Reads the time at the end of a message, if there is one. */
  time(): UnixMicros | null {
    if (!this.accept(" (at ")) return null;
    const at = this.#at;
    const text = this.match(TIME) ?? "";
    const time = parseTimestamp(text);
    if (time === undefined) {
      this.#at = at;
      throw this.error("expected a time");
    }
    this.expect(")");
    return time;
  }

  /** Returns the text since an earlier position ({@linkcode TextCursor.at}). */
  since(start: number): string {
    return this.#textOf(this.#text.slice(start, this.#at));
  }

  #textOf(text: string): string {
    if (!this.#isByteString) return text;
    const bytes = fromByteString(text);
    return decodeText(bytes, 0, bytes.length);
  }

  /** The number of characters read so far. */
  get at(): number {
    return this.#at;
  }

  /** Checks that the whole message has been read. */
  end(): void {
    if (this.#at < this.#text.length) throw this.error("expected the end");
  }

  /** Creates the error for a malformed message at the current position. */
  error(problem: string): ProtocolError {
    const found = this.#text.slice(this.#at, this.#at + 20);
    return new ProtocolError(
      `Cannot decode a test_decoding message: ${problem} at character ${this.#at}, found ${
        JSON.stringify(found)
      }`,
    );
  }
}
