import { decodeWholeText } from "../../bytes/decode_text.ts";
import type { ValueCodec } from "../codec/value_codec.ts";
import { type BytesParser, bytesParser } from "./bytes_parser.ts";

/** Reads values in text format, depending on the encoding of the connection. */
export interface TextReading {
  /** Returns the function that parses the bytes of a type's text. */
  readonly parserOf: (codec: ValueCodec) => BytesParser;
  /** Creates what is delivered in place of a value that could not be parsed. */
  readonly unparsed: (
    bytes: Uint8Array,
    start: number,
    end: number,
  ) => string | Uint8Array;
}

/** Reads text from a server that converts everything to UTF-8. */
export const UTF8_TEXT: TextReading = {
  parserOf: ({ fromText, fromTextBytes }) =>
    fromTextBytes ?? bytesParser(fromText),
  unparsed: (bytes, start, end) => {
    try {
      return decodeWholeText(bytes, start, end);
    } catch {
      // A string can't be that long.
      return bytes.slice(start, end);
    }
  },
};
