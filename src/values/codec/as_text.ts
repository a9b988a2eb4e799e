/**
 * Keeps a value as the server's text, for a type that is otherwise parsed.
 *
 * @example
 * ```ts
 * import { asText } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const types = { jsonb: asText }; // an option of `subscribe()`
 * assertEquals(types.jsonb('{"n": 1e1000}'), '{"n": 1e1000}');
 * ```
 *
 * @param text The text.
 * @returns The same text.
 *
 * @category Values
 */
export function asText(text: string): string {
  return text;
}
