import { hexText, JsonText, jsonText } from "./json_text.ts";

/**
 * The information needed to format a value that the JavaScript value alone lacks: a `json`
 * value, an `hstore` and a composite are all plain objects.
 */
export type TextShape =
  | { readonly kind: "scalar" | "json" | "hstore" }
  | {
    readonly kind: "array";
    readonly element: TextShape;
    /** The delimiter between two elements: `;` for `box`, `,` for all others. */
    readonly delimiter: string;
  }
  | { readonly kind: "range"; readonly bound: TextShape }
  | { readonly kind: "multirange"; readonly range: TextShape }
  | { readonly kind: "composite"; readonly attributes: readonly TextShape[] };

/** A value that needs no further information. */
export const SCALAR: TextShape = { kind: "scalar" };

/** A range's value. */
export interface RangeLike {
  readonly lower: unknown;
  readonly upper: unknown;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
  readonly empty: boolean;
}

/**
 * Formats a value as the text that PostgreSQL accepts for its type: the inverse of this
 * package's parsers.
 *
 * @param value The value, not `null`.
 * @param shape The shape of its type. Without it, an object with a range's properties is a
 * range, and any other object a composite.
 */
export function postgresText(
  value: unknown,
  shape: TextShape = SCALAR,
): string {
  if (shape.kind === "json") return jsonText(value);
  if (typeof value !== "object" || value === null) {
    return Object.is(value, -0) ? "-0" : `${value}`;
  }
  if (value instanceof Uint8Array) return `\\x${hexText(value)}`;
  if (value instanceof JsonText) return value.text;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    return shape.kind === "multirange"
      ? `{${value.map((one) => postgresText(one, shape.range)).join(",")}}`
      : arrayText(value, shape);
  }
  if (shape.kind === "hstore") return hstoreText(value);
  if (isRangeLike(value)) return rangeText(value, shape);
  return hasOwnText(value) ? value.toString() : compositeText(value, shape);
}

// Temporal's objects and similar.
function hasOwnText(value: object): boolean {
  return value.toString !== Object.prototype.toString;
}

/** Distinguishes a range from other objects by its properties. */
export function isRangeLike(value: object): value is RangeLike {
  return "lowerInclusive" in value && "upperInclusive" in value &&
    "empty" in value;
}

/** Formats a range: `[1,10)`, or `empty`. */
export function rangeText(range: RangeLike, shape: TextShape): string {
  if (range.empty) return "empty";
  const bound = shape.kind === "range" ? shape.bound : SCALAR;
  const [lower, upper] = [range.lower, range.upper].map((one) =>
    one === null ? "" : quoteIfNeeded(postgresText(one, bound), RANGE_SPECIAL)
  );
  return `${range.lowerInclusive ? "[" : "("}${lower},${upper}${
    range.upperInclusive ? "]" : ")"
  }`;
}

// range_bound_escape in src/backend/utils/adt/rangetypes.c.
const RANGE_SPECIAL = /["\\()[\], \t\n\r\v\f]/;
// record_out in src/backend/utils/adt/rowtypes.c.
const COMPOSITE_SPECIAL = /["\\(), \t\n\r\v\f]/;

function quoteIfNeeded(text: string, special: RegExp): string {
  return text === "" || special.test(text) ? quote(text) : text;
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

// array_out in src/backend/utils/adt/arrayfuncs.c; quoting more than necessary is allowed.
function arrayText(values: readonly unknown[], shape: TextShape): string {
  const { element, delimiter } = shape.kind === "array"
    ? shape
    : { element: SCALAR, delimiter: "," };
  const texts = values.map((value) => {
    if (value === null) return "NULL";
    // An array within an array is its next dimension, unless the elements are documents.
    if (Array.isArray(value) && element.kind !== "json") {
      return element.kind === "multirange"
        ? quote(postgresText(value, element))
        : arrayText(value, shape);
    }
    const text = postgresText(value, element);
    return typeof value === "number" || typeof value === "bigint"
      ? text
      : quote(text);
  });
  return `{${texts.join(delimiter)}}`;
}

function compositeText(value: object, shape: TextShape): string {
  const attributes = shape.kind === "composite" ? shape.attributes : [];
  const texts = Object.values(value).map((one, i) =>
    one === null ? "" : quoteIfNeeded(
      postgresText(one, attributes[i] ?? SCALAR),
      COMPOSITE_SPECIAL,
    )
  );
  return `(${texts.join(",")})`;
}

function hstoreText(value: object): string {
  return Object.entries(value).map(([name, one]) =>
    `${quote(name)}=>${one === null ? "NULL" : quote(`${one}`)}`
  ).join(",");
}
