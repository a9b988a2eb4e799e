// With fewer digits and without an exponent, every number fits into a double.
const MAX_DIGITS = 308;

/**
 * Parses `json` like `JSON.parse()`, except that numbers that would become infinite throw.
 *
 * @throws {SyntaxError} If the text is not JSON.
 * @throws {RangeError} If it contains a number outside of the range of a double.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  checkNumbers(value);
  return value;
}

/**
 * Parses `jsonb`, whose numbers the server writes without exponents, like {@linkcode
 * parseJson}.
 *
 * @throws {SyntaxError} If the text is not JSON.
 * @throws {RangeError} If it contains a number outside of the range of a double.
 */
export function parseJsonb(text: string): unknown {
  return text.length > MAX_DIGITS ? parseJson(text) : JSON.parse(text);
}

function checkNumbers(value: unknown): void {
  if (typeof value === "number") {
    if (Number.isFinite(value)) return;
    throw new RangeError(
      "Cannot parse JSON: it contains a number beyond 1.8e308, the largest number of JavaScript; read the type with asText",
    );
  }
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkNumbers(value[i]);
    return;
  }
  // All properties of a parsed object are its own.
  // deno-lint-ignore guard-for-in
  for (const name in value) checkNumbers(value[name as keyof typeof value]);
}
