// With fewer digits, and without an exponent, no number is beyond a double.
const MAX_DIGITS = 308;

/**
 * Reads `json` as `JSON.parse()` does, but for numbers that would become infinite.
 *
 * @throws {SyntaxError} If the text is no JSON.
 * @throws {RangeError} If a number in it is beyond what a double holds.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  checkNumbers(value);
  return value;
}

/**
 * Reads `jsonb`, whose numbers the server writes without exponents, as
 * {@linkcode parseJson} reads `json`.
 *
 * @throws {SyntaxError} If the text is no JSON.
 * @throws {RangeError} If a number in it is beyond what a double holds.
 */
export function parseJsonb(text: string): unknown {
  return text.length > MAX_DIGITS ? parseJson(text) : JSON.parse(text);
}

function checkNumbers(value: unknown): void {
  if (typeof value === "number") {
    if (Number.isFinite(value)) return;
    throw new RangeError(
      "Cannot parse JSON: a number in it is beyond 1.8e308, the most that a number of JavaScript can be; read the type with asText",
    );
  }
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkNumbers(value[i]);
    return;
  }
  // All properties of what was parsed are its own.
  // deno-lint-ignore guard-for-in
  for (const name in value) checkNumbers(value[name as keyof typeof value]);
}
