import { float64At } from "../../bytes/big_endian.ts";
import { ByteCursor } from "../../bytes/byte_cursor.ts";
import { formatFloat8 } from "./floating_point.ts";
import { textualCodec, type ValueCodec } from "../codec/value_codec.ts";

const POINT_BYTES = 16;

// Source of all of these: src/backend/utils/adt/geo_ops.c.

/** Values of `point`: the text, `(1,2)`. */
export const POINT: ValueCodec = shape("a point", point);

/** Values of `lseg`: the text, `[(0,0),(1,1)]`. */
export const LSEG: ValueCodec = shape(
  "a line segment",
  (cursor) => `[${points(cursor, 2)}]`,
);

/** Values of `box`: the text, `(1,1),(0,0)`. */
export const BOX: ValueCodec = shape("a box", (cursor) => points(cursor, 2));

/** Values of `line`: the text, `{1,2,3}`. */
export const LINE: ValueCodec = shape(
  "a line",
  (cursor) => `{${float(cursor)},${float(cursor)},${float(cursor)}}`,
);

/** Values of `circle`: the text, `<(1,2),3>`. */
export const CIRCLE: ValueCodec = shape(
  "a circle",
  (cursor) => `<${point(cursor)},${float(cursor)}>`,
);

/** Values of `path`: the text, `((0,0),(1,1))`, or in brackets if it is open. */
export const PATH: ValueCodec = shape("a path", (cursor) => {
  const isClosed = cursor.uint8() !== 0;
  const text = points(cursor, cursor.int32());
  return isClosed ? `(${text})` : `[${text}]`;
});

/** Values of `polygon`: the text, `((0,0),(1,1),(1,0))`. */
export const POLYGON: ValueCodec = shape(
  "a polygon",
  (cursor) => `(${points(cursor, cursor.int32())})`,
);

function shape(what: string, read: (cursor: ByteCursor) => string): ValueCodec {
  return textualCodec((bytes, start, end) => {
    const cursor = new ByteCursor(bytes.subarray(start, end), what);
    const text = read(cursor);
    cursor.end();
    return text;
  });
}

function points(cursor: ByteCursor, count: number): string {
  const list: string[] = [];
  for (let i = cursor.count(count, POINT_BYTES); i > 0; i--) {
    list.push(point(cursor));
  }
  return list.join(",");
}

function point(cursor: ByteCursor): string {
  return `(${float(cursor)},${float(cursor)})`;
}

function float(cursor: ByteCursor): string {
  return formatFloat8(float64At(cursor.source, cursor.skip(8)));
}
