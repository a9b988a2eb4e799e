// More arguments than a function may have in some runtimes.
const PIECE = 8_192;

/**
 * Creates a string with one character per byte, so that text around bytes in an unknown
 * encoding can be parsed.
 *
 * @param bytes The bytes.
 * @returns The string: all of its characters are below U+0100.
 */
export function toByteString(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return text;
}

/**
 * Converts a string created by {@linkcode toByteString} back to bytes.
 *
 * @param text The string, or a part of it.
 */
export function fromByteString(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
