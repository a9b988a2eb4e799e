import { int32At } from "../bytes/big_endian.ts";
import { ByteCursor } from "../bytes/byte_cursor.ts";
import { MAX_DIMENSIONS, parseArray } from "./text/parse_array.ts";
import type { ValueCodec } from "./codec/value_codec.ts";

const QUOTED = /["\\{} \t\n\r\v\f]|^$|^null$/i;

/**
 * Decodes arrays of one type: nested by dimension, `null` for NULL, without bounds.
 *
 * @param element Decodes the elements.
 * @param delimiter The delimiter in text: `typdelim` of the element type.
 */
export function arrayCodec(element: ValueCodec, delimiter: string): ValueCodec {
  const options = { delimiter };
  return {
    fromText: (text) => parseArray(text, element.fromText, options),
    fromBinary(bytes, start, end) {
      const list = readList(bytes, start, end, element.fromBinary);
      if (list !== null) return list;
      const array = new BinaryArray(bytes.subarray(start, end));
      return array.read(element.fromBinary);
    },
    toText(bytes, start, end) {
      const array = new BinaryArray(bytes.subarray(start, end));
      const elements = array.read((body, from, to) =>
        quote(element.toText(body, from, to), delimiter)
      );
      return array.bounds + braces(elements, delimiter);
    },
  };
}

// The number of dimensions, whether there are NULLs, the type of the elements, and the size and
// lower bound of one dimension.
const LIST_HEADER_BYTES = 20;

// Reads an array of one dimension, as most are, in place. Returns null for all others, and for
// malformed ones, which BinaryArray refuses.
function readList(
  bytes: Uint8Array,
  start: number,
  end: number,
  readElement: ValueCodec["fromBinary"],
): unknown[] | null {
  let at = start + LIST_HEADER_BYTES;
  if (at > end || int32At(bytes, start) !== 1) return null;
  const count = int32At(bytes, start + 12);
  // Each element takes at least its length field.
  if (count < 0 || count * 4 > end - at) return null;
  const list: unknown[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 4 > end) return null;
    const length = int32At(bytes, at);
    at += 4;
    if (length === -1) {
      list.push(null);
    } else if (length >= 0 && length <= end - at) {
      list.push(readElement(bytes, at, at + length));
      at += length;
    } else {
      return null;
    }
  }
  return at === end ? list : null;
}

/** The elements of an array in binary format. Source: array_send in arrayfuncs.c. */
class BinaryArray {
  /** The bounds as in text format, if one of them is not 1. */
  readonly bounds: string;
  readonly #bytes: Uint8Array;
  readonly #cursor: ByteCursor;
  readonly #sizes: number[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#cursor = new ByteCursor(bytes, "an array");
    this.bounds = this.#header();
  }

  read(readElement: ValueCodec["fromBinary"]): unknown[] {
    const array = this.#sizes.length === 0
      ? []
      : this.#dimension(0, readElement);
    this.#cursor.end();
    return array;
  }

  #header(): string {
    const cursor = this.#cursor;
    const dimensions = cursor.int32();
    if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
      throw cursor.error(`${dimensions} dimensions`);
    }
    cursor.skip(8); // whether there are NULLs, and the type of the elements
    let count = 1;
    let bounds = "";
    let isUsual = true;
    for (let i = 0; i < dimensions; i++) {
      const size = cursor.int32();
      const first = cursor.int32();
      if (size < 0) throw cursor.error(`a size of ${size}`);
      this.#sizes.push(size);
      count *= size;
      bounds += `[${first}:${first + size - 1}]`;
      if (first !== 1) isUsual = false;
    }
    if (count === 0) this.#sizes.length = 0;
    // Each element takes at least its length field.
    else if (dimensions > 0) cursor.count(count, 4);
    return isUsual || count === 0 ? "" : `${bounds}=`;
  }

  #dimension(at: number, readElement: ValueCodec["fromBinary"]): unknown[] {
    const array: unknown[] = [];
    const isInnermost = at === this.#sizes.length - 1;
    for (let i = this.#sizes[at]!; i > 0; i--) {
      array.push(
        isInnermost
          ? this.#element(readElement)
          : this.#dimension(at + 1, readElement),
      );
    }
    return array;
  }

  #element(readElement: ValueCodec["fromBinary"]): unknown {
    const length = this.#cursor.int32();
    if (length === -1) return null;
    const start = this.#cursor.skip(length);
    return readElement(this.#bytes, start, start + length);
  }
}

function braces(array: readonly unknown[], delimiter: string): string {
  const texts = array.map((element) =>
    Array.isArray(element) ? braces(element, delimiter) : element ?? "NULL"
  );
  return `{${texts.join(delimiter)}}`;
}

// Source: array_out in src/backend/utils/adt/arrayfuncs.c.
function quote(text: string, delimiter: string): string {
  if (!QUOTED.test(text) && !text.includes(delimiter)) return text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
