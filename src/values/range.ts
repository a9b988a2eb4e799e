import { ByteCursor } from "../bytes/byte_cursor.ts";
import { asText } from "./codec/as_text.ts";
import { FieldReader, quoteField } from "./text/field_reader.ts";
import type { ValueCodec } from "./codec/value_codec.ts";

/**
 * A value of a range type.
 *
 * @typeParam Bound The type of the bounds.
 *
 * @example
 * ```ts
 * import type { RangeValue } from "@walbrook/walbrook/values";
 * import { createCodecFinder, TYPE_OID } from "@walbrook/walbrook/values";
 * import { assertEquals } from "@std/assert";
 *
 * const { fromText } = createCodecFinder()(TYPE_OID.INT4RANGE);
 * const range = fromText("[1,5)") as RangeValue<number>;
 * assertEquals(range, {
 *   lower: 1,
 *   upper: 5,
 *   lowerInclusive: true,
 *   upperInclusive: false,
 *   empty: false,
 * });
 * ```
 */
export interface RangeValue<Bound = unknown> {
  /** The lower bound; `null` if there is none, and for an empty range. */
  readonly lower: Bound | null;
  /** The upper bound; `null` if there is none, and for an empty range. */
  readonly upper: Bound | null;
  /** Whether `lower` is part of the range. */
  readonly lowerInclusive: boolean;
  /** Whether `upper` is part of the range. */
  readonly upperInclusive: boolean;
  /** Whether the range is empty. */
  readonly empty: boolean;
}

const EMPTY: RangeValue = {
  lower: null,
  upper: null,
  lowerInclusive: false,
  upperInclusive: false,
  empty: true,
};

// src/include/utils/rangetypes.h.
const IS_EMPTY = 0x01;
const LOWER_INCLUSIVE = 0x02;
const UPPER_INCLUSIVE = 0x04;
const LOWER_INFINITE = 0x08;
const UPPER_INFINITE = 0x10;

// range_bound_escape in src/backend/utils/adt/rangetypes.c.
const SPECIAL = /["\\()[\], \t\n\r\v\f]/;

/**
 * Creates the codec for ranges of one type: {@linkcode RangeValue}.
 *
 * @param bound Decodes the bounds.
 */
export function rangeCodec(bound: ValueCodec): ValueCodec {
  return {
    fromText(text) {
      const reader = new FieldReader(text, "a range");
      const range = text === "empty"
        ? { ...EMPTY }
        : readText(reader, bound.fromText);
      if (!range.empty) reader.end();
      return range;
    },
    fromBinary: (bytes, start, end) =>
      readBinary(bytes.subarray(start, end), bound.fromBinary),
    toText: (bytes, start, end) =>
      writeText(readBinary(bytes.subarray(start, end), bound.toText)),
  };
}

/**
 * Creates the codec for multiranges of one type: an array of {@linkcode RangeValue}.
 *
 * @param range Decodes the ranges, as created by {@linkcode rangeCodec}.
 */
export function multirangeCodec(range: ValueCodec): ValueCodec {
  return {
    fromText: (text) => splitMultirange(text).map(range.fromText),
    fromBinary: (bytes, start, end) =>
      readMultirange(bytes.subarray(start, end), range.fromBinary),
    toText(bytes, start, end) {
      const body = bytes.subarray(start, end);
      return `{${readMultirange(body, range.toText).join(",")}}`;
    },
  };
}

function readText(
  reader: FieldReader,
  readBound: ValueCodec["fromText"],
): RangeValue {
  const lowerInclusive = reader.expect("[(") === "[";
  const lower = reader.field(",)]");
  reader.expect(",");
  const upper = reader.field(",)]");
  const upperInclusive = reader.expect(")]") === "]";
  return {
    lower: lower === null ? null : readBound(lower),
    upper: upper === null ? null : readBound(upper),
    lowerInclusive,
    upperInclusive,
    empty: false,
  };
}

function splitMultirange(text: string): string[] {
  const reader = new FieldReader(text, "a multirange");
  const ranges: string[] = [];
  reader.expect("{");
  if (reader.take("}") === "") {
    do {
      const start = reader.at;
      readText(reader, asText);
      ranges.push(text.slice(start, reader.at));
    } while (reader.expect(",}") === ",");
  }
  reader.end();
  return ranges;
}

// Source: range_send in src/backend/utils/adt/rangetypes.c.
function readBinary<Bound>(
  bytes: Uint8Array,
  readBound: (bytes: Uint8Array, start: number, end: number) => Bound,
): RangeValue<Bound> {
  const cursor = new ByteCursor(bytes, "a range");
  const flags = cursor.uint8();
  function readNext(): Bound {
    const length = cursor.int32();
    const start = cursor.skip(length);
    return readBound(bytes, start, start + length);
  }
  const empty = (flags & IS_EMPTY) !== 0;
  const range = {
    lower: empty || flags & LOWER_INFINITE ? null : readNext(),
    upper: empty || flags & UPPER_INFINITE ? null : readNext(),
    lowerInclusive: !empty && (flags & LOWER_INCLUSIVE) !== 0,
    upperInclusive: !empty && (flags & UPPER_INCLUSIVE) !== 0,
    empty,
  };
  cursor.end();
  return range;
}

// Source: multirange_send in src/backend/utils/adt/multirangetypes.c.
function readMultirange<T>(
  bytes: Uint8Array,
  readRange: (bytes: Uint8Array, start: number, end: number) => T,
): T[] {
  const cursor = new ByteCursor(bytes, "a multirange");
  const ranges: T[] = [];
  // A range takes at least its length and its flags.
  for (let i = cursor.count(cursor.int32(), 5); i > 0; i--) {
    const length = cursor.int32();
    const start = cursor.skip(length);
    ranges.push(readRange(bytes, start, start + length));
  }
  cursor.end();
  return ranges;
}

function writeText(range: RangeValue<string>): string {
  if (range.empty) return "empty";
  const lower = range.lower === null ? "" : quoteField(range.lower, SPECIAL);
  const upper = range.upper === null ? "" : quoteField(range.upper, SPECIAL);
  return `${range.lowerInclusive ? "[" : "("}${lower},${upper}${
    range.upperInclusive ? "]" : ")"
  }`;
}
