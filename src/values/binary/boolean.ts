import { parseBoolean } from "../text/parse_scalar.ts";
import { checkLength, type ValueCodec } from "../codec/value_codec.ts";

/** Values of `bool`: `true` and `false`. */
export const BOOLEAN: ValueCodec = {
  fromText: parseBoolean,
  fromBinary(bytes, start, end) {
    checkLength("bool", end - start, 1);
    return bytes[start] !== 0;
  },
  toText(bytes, start, end) {
    checkLength("bool", end - start, 1);
    return bytes[start] === 0 ? "f" : "t";
  },
};
