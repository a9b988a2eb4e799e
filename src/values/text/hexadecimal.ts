/** The two lowercase hexadecimal digits of each byte, by its value. */
export const HEX: readonly string[] = Array.from(
  { length: 0x100 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);
