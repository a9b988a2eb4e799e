import { ByteWriter } from "../../src/bytes/byte_writer.ts";
import type { RangeValue } from "../../src/values/range.ts";

/** A value in both formats, as a server would send it. */
export interface Encoded {
  /** In text format. */
  readonly text: string;
  /** In binary format. */
  readonly bytes: Uint8Array;
}

/** What the encoders of parts are given: `null` for NULL. */
export type Part = Encoded | null;

const UTF8 = new TextEncoder();

/** Encodes a `text`. */
export function encodeText(text: string): Encoded {
  return { text, bytes: UTF8.encode(text) };
}

/** Encodes an `int4`. */
export function encodeInt4(value: number): Encoded {
  return { text: String(value), bytes: new ByteWriter().int32(value).finish() };
}

/** Encodes a `numeric`, of its text. */
export function encodeNumeric(text: string): Encoded {
  const [, sign, whole = "", , fraction = ""] =
    /^(-?)(\d+)(\.(\d+))?$/.exec(text) ?? [];
  const before = whole.padStart(Math.ceil(whole.length / 4) * 4, "0");
  const behind = fraction.padEnd(Math.ceil(fraction.length / 4) * 4, "0");
  const digits = (before + behind).match(/.{4}/g)?.map(Number) ?? [];
  let weight = before.length / 4 - 1;
  while (digits[0] === 0) {
    digits.shift();
    weight--;
  }
  while (digits.at(-1) === 0) digits.pop();
  const writer = new ByteWriter().int16(digits.length)
    .int16(digits.length === 0 ? 0 : weight).int16(sign ? 0x4000 : 0)
    .int16(fraction.length);
  for (const digit of digits) writer.int16(digit);
  return { text, bytes: writer.finish() };
}

/** Encodes an array of one dimension. */
export function encodeArray(
  elements: readonly Part[],
  { oid, first = 1 }: { readonly oid: number; readonly first?: number },
): Encoded {
  const writer = new ByteWriter().int32(elements.length === 0 ? 0 : 1)
    .int32(elements.includes(null) ? 1 : 0).uint32(oid);
  if (elements.length > 0) writer.int32(elements.length).int32(first);
  for (const element of elements) writePart(writer, element);
  const texts = elements.map((element) =>
    element === null ? "NULL" : quoteElement(element.text)
  );
  const bounds = first === 1 || elements.length === 0
    ? ""
    : `[${first}:${first + elements.length - 1}]=`;
  return { text: `${bounds}{${texts.join(",")}}`, bytes: writer.finish() };
}

/** Encodes a composite. */
export function encodeComposite(
  fields: readonly { readonly oid: number; readonly value: Part }[],
): Encoded {
  const writer = new ByteWriter().int32(fields.length);
  for (const { oid, value } of fields) writePart(writer.uint32(oid), value);
  const texts = fields.map(({ value }) =>
    value === null ? "" : quoteField(value.text, "()")
  );
  return { text: `(${texts.join(",")})`, bytes: writer.finish() };
}

/** Encodes a range. */
export function encodeRange(range: RangeValue<Encoded>): Encoded {
  const { lower, upper, lowerInclusive, upperInclusive, empty } = range;
  if (empty) return { text: "empty", bytes: Uint8Array.of(1) };
  const writer = new ByteWriter().uint8(
    (lowerInclusive ? 2 : 0) | (upperInclusive ? 4 : 0) |
      (lower === null ? 8 : 0) | (upper === null ? 16 : 0),
  );
  if (lower !== null) writePart(writer, lower);
  if (upper !== null) writePart(writer, upper);
  const texts = [lower, upper].map((one) =>
    one === null ? "" : quoteField(one.text, "()[]")
  );
  return {
    text: `${lowerInclusive ? "[" : "("}${texts.join(",")}${
      upperInclusive ? "]" : ")"
    }`,
    bytes: writer.finish(),
  };
}

/** Encodes a multirange. */
export function encodeMultirange(ranges: readonly Encoded[]): Encoded {
  const writer = new ByteWriter().int32(ranges.length);
  for (const range of ranges) writePart(writer, range);
  return {
    text: `{${ranges.map(({ text }) => text).join(",")}}`,
    bytes: writer.finish(),
  };
}

/** Encodes an `hstore`. */
export function encodeHstore(
  pairs: readonly (readonly [string, string | null])[],
): Encoded {
  const writer = new ByteWriter().int32(pairs.length);
  for (const [key, value] of pairs) {
    writePart(writer, encodeText(key));
    writePart(writer, value === null ? null : encodeText(value));
  }
  const texts = pairs.map(([key, value]) =>
    `${backslashed(key)}=>${value === null ? "NULL" : backslashed(value)}`
  );
  return { text: texts.join(", "), bytes: writer.finish() };
}

function writePart(writer: ByteWriter, part: Part): void {
  if (part === null) writer.int32(-1);
  else writer.int32(part.bytes.length).bytes(part.bytes);
}

const BLANKS = [" ", "\t", "\n", "\r", "\v", "\f"];

function quoteElement(text: string): string {
  const special = ["{", "}", ",", '"', "\\", ...BLANKS];
  const isPlain = text !== "" && text.toUpperCase() !== "NULL" &&
    !special.some((one) => text.includes(one));
  return isPlain ? text : backslashed(text);
}

function quoteField(text: string, brackets: string): string {
  const special = [...brackets, ",", '"', "\\", ...BLANKS];
  const isPlain = text !== "" && !special.some((one) => text.includes(one));
  return isPlain
    ? text
    : `"${text.replaceAll("\\", "\\\\").replaceAll('"', '""')}"`;
}

function backslashed(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
