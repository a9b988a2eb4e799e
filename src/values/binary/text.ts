import { decodeText, decodeWholeText } from "../../bytes/decode_text.ts";
import { ProtocolError } from "../../errors.ts";
import { parseJson, parseJsonb } from "../text/parse_json.ts";
import {
  checkLength,
  textualCodec,
  type ValueCodec,
} from "../codec/value_codec.ts";

const BACKSLASH = "\\";

/** Values of `text`, `varchar`, `char(n)`, `name`, `xml`, enums: the text. */
export const TEXT: ValueCodec = textualCodec(decodeWholeText);

/** Values of `json`: the result of `JSON.parse`, if it is finite. */
export const JSON_TEXT: ValueCodec = {
  fromText: parseJson,
  fromBinary: (bytes, start, end) => parseJson(decodeText(bytes, start, end)),
  toText: decodeText,
};

/** Values of `jsonb`: the result of `JSON.parse`, if it is finite. */
export const JSONB: ValueCodec = {
  fromText: parseJsonb,
  fromBinary: (bytes, start, end) =>
    parseJsonb(versionedText(bytes, start, end)),
  toText: versionedText,
};

/** Values of types whose binary format is a version and the text: `jsonpath`, `ltree`. */
export const VERSIONED_TEXT: ValueCodec = textualCodec(versionedText);

/** Values of `"char"`: the text, of one character or none. */
export const SINGLE_BYTE: ValueCodec = textualCodec(singleByteText);

function versionedText(bytes: Uint8Array, start: number, end: number): string {
  if (end > start && bytes[start] === 1) {
    return decodeText(bytes, start + 1, end);
  }
  throw new ProtocolError(
    `Cannot decode a value with a version: expected version 1, found ${
      end > start ? bytes[start] : "no byte"
    }`,
  );
}

// Source: charout in src/backend/utils/adt/char.c of PostgreSQL 16; up to 15 the server sends
// bytes from 0x80 unchanged.
function singleByteText(bytes: Uint8Array, start: number, end: number): string {
  checkLength('"char"', end - start, 1);
  const byte = bytes[start]!;
  if (byte === 0) return "";
  return byte < 0x80
    ? String.fromCharCode(byte)
    : BACKSLASH + byte.toString(8).padStart(3, "0");
}
