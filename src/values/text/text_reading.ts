import { decodeWholeText } from "../../bytes/decode_text.ts";
import type { ValueCodec } from "../codec/value_codec.ts";
import { type BytesParser, bytesParser } from "./bytes_parser.ts";

/** How to read values in text format, which depends on the encoding of the connection. */
export interface TextReading {
  /** Finds what makes a value of a type of the bytes of its text. */
  readonly parserOf: (codec: ValueCodec) => BytesParser;
  /** Makes what is delivered in place of a value that could not be parsed. */
  readonly unparsed: (
    bytes: Uint8Array,
    start: number,
    end: number,
  ) => string | Uint8Array;
}

/** Reads what a server sends that converts all text to UTF-8. */
export const UTF8_TEXT: TextReading = {
  parserOf: ({ fromText, fromTextBytes }) =>
    fromTextBytes ?? bytesParser(fromText),
  unparsed: (bytes, start, end) => {
    try {
      return decodeWholeText(bytes, start, end);
    } catch {
      // No string can be so long.
      return bytes.slice(start, end);
    }
  },
};
