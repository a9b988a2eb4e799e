import { ByteCursor } from "../bytes/byte_cursor.ts";
import { setOwnProperty } from "./own_property.ts";
import { notA, type ValueCodec } from "./codec/value_codec.ts";

const PAIR =
  /"([^"\\]*(?:\\[^][^"\\]*)*)"=>(?:NULL|"([^"\\]*(?:\\[^][^"\\]*)*)")(?:, (?=")|$)/y;

/**
 * Values of `hstore`, of the extension of that name: a plain object, `null` for NULL.
 *
 * Source: the manual, "hstore".
 */
export const HSTORE: ValueCodec = {
  fromText(text) {
    const object: Record<string, string | null> = {};
    for (let at = 0; at < text.length; at = PAIR.lastIndex) {
      PAIR.lastIndex = at;
      const match = PAIR.exec(text);
      if (match === null) {
        throw notA(text, `hstore: malformed at character ${at}`);
      }
      const [, key, value] = match;
      setOwnProperty(
        object,
        unescape(key!),
        value === undefined ? null : unescape(value),
      );
    }
    return object;
  },
  fromBinary(bytes, start, end) {
    const object: Record<string, string | null> = {};
    for (const [key, value] of readPairs(bytes.subarray(start, end))) {
      setOwnProperty(object, key, value);
    }
    return object;
  },
  toText(bytes, start, end) {
    return readPairs(bytes.subarray(start, end)).map(([key, value]) =>
      `${quote(key)}=>${value === null ? "NULL" : quote(value)}`
    ).join(", ");
  },
};

// Source: hstore_send in contrib/hstore/hstore_io.c.
function readPairs(bytes: Uint8Array): [string, string | null][] {
  const cursor = new ByteCursor(bytes, "an hstore");
  const pairs: [string, string | null][] = [];
  for (let i = cursor.count(cursor.int32(), 8); i > 0; i--) {
    const key = cursor.text(cursor.int32());
    const length = cursor.int32();
    pairs.push([key, length === -1 ? null : cursor.text(length)]);
  }
  cursor.end();
  return pairs;
}

function unescape(text: string): string {
  return text.includes("\\") ? text.replace(/\\([^])/g, "$1") : text;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
