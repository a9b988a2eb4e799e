/**
 * Formats a byte for an error message: its letter if it has one, and its number in
 * hexadecimal.
 */
export function describeByte(byte: number): string {
  const hex = `0x${byte.toString(16).padStart(2, "0")}`;
  return byte > 0x20 && byte < 0x7f
    ? `"${String.fromCharCode(byte)}" (${hex})`
    : hex;
}
