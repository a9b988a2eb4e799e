// More digits than any of the types has, and still exact as a number.
const MAX_DIGITS = 15;

const INTEGER = /^-?\d+$/;

/**
 * Parses an integer of up to 32 bits, signed or unsigned.
 *
 * @throws {SyntaxError} If the text is not an integer.
 */
export function parseInteger(text: string): number {
  const isNegative = text.charCodeAt(0) === 0x2d; // -
  const start = isNegative ? 1 : 0;
  const digits = text.length - start;
  if (digits < 1 || digits > MAX_DIGITS) throw unparsable("an integer", text);
  let value = 0;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30; // 0
    if (digit < 0 || digit > 9) throw unparsable("an integer", text);
    value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}

/**
 * Parses an integer of any size.
 *
 * @throws {SyntaxError} If the text is not an integer.
 */
export function parseBigInteger(text: string): bigint {
  if (text.length <= MAX_DIGITS) return BigInt(parseInteger(text));
  if (!INTEGER.test(text)) throw unparsable("an integer", text);
  return BigInt(text);
}

/**
 * Parses the server's text for a `float4` or `float8`, including `NaN`, `Infinity`,
 * `-Infinity` and `-0`.
 *
 * @throws {SyntaxError} If the text is not a number.
 */
export function parseFloatingPoint(text: string): number {
  const value = Number(text);
  // Number() converts an empty text to 0.
  const isNumber = Number.isNaN(value)
    ? text === "NaN"
    : value !== 0 || /\S/.test(text);
  if (!isNumber) throw unparsable("a number", text);
  return value;
}

function unparsable(what: string, text: string): SyntaxError {
  return new SyntaxError(
    `Cannot parse ${
      JSON.stringify(text.slice(0, 100))
    } as a value: it is not ${what}`,
  );
}
