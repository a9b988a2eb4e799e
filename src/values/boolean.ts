import { checkLength, notA, type ValueCodec } from "./value_codec.ts";

/** Values of `bool`: `true` and `false`. */
export const BOOLEAN: ValueCodec = {
  fromText(text) {
    if (text === "t") return true;
    if (text === "f") return false;
    throw notA(text, 'a boolean: expected "t" or "f"');
  },
  fromBinary(bytes, start, end) {
    checkLength("bool", end - start, 1);
    return bytes[start] !== 0;
  },
  toText(bytes, start, end) {
    checkLength("bool", end - start, 1);
    return bytes[start] === 0 ? "f" : "t";
  },
};
