import { notA } from "../codec/value_codec.ts";

/**
 * Parses the server's text for a `bool`.
 *
 * @throws {SyntaxError} If the text is neither `t` nor `f`.
 */
export function parseBoolean(text: string): boolean {
  if (text === "t") return true;
  if (text === "f") return false;
  throw notA(text, 'a boolean: expected "t" or "f"');
}
