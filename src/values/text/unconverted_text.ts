import { bytesParser } from "./bytes_parser.ts";
import { parseBigInteger, parseInteger } from "./parse_number.ts";
import type { TextReading } from "./text_reading.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads text from a database with the encoding SQL_ASCII: the bytes as they are stored, which
 * may be text in any encoding, or none.
 */
export const UNCONVERTED_TEXT: TextReading = {
  parserOf: ({ fromText, fromTextBytes }) => {
    if (fromTextBytes !== undefined) return fromTextBytes;
    // Their text is ASCII.
    const isNumber = fromText === parseInteger || fromText === parseBigInteger;
    return isNumber
      ? bytesParser(fromText)
      : (bytes, start, end) => fromText(decode(bytes, start, end));
  },
  unparsed: (bytes, start, end) => {
    try {
      return decode(bytes, start, end);
    } catch {
      return bytes.slice(start, end);
    }
  },
};

function decode(bytes: Uint8Array, start: number, end: number): string {
  try {
    return UTF8.decode(bytes.subarray(start, end));
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read ${
        end - start
      } bytes of text as UTF-8: the database's encoding is SQL_ASCII, which holds any bytes; they are delivered as a Uint8Array`,
      { cause },
    );
  }
}
