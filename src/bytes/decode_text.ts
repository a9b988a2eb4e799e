const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

// A call into TextDecoder costs as much as about 30 characters taken one by one
// (about 100 ns on Node 20 and on Deno 2.9), and most values are shorter.
const LONGEST_BY_CHARACTER = 32;

// One array for each length, since `apply` takes exactly what the array holds.
// They are filled and used within one call, so that nobody sees them half done.
const CHARACTERS: readonly number[][] = Array.from(
  { length: LONGEST_BY_CHARACTER + 1 },
  (_, length) => new Array<number>(length).fill(0),
);

/**
 * Decodes a piece of UTF-8. Bytes which are not UTF-8 (a database whose encoding
 * is SQL_ASCII may hold any) become U+FFFD; a byte order mark is kept.
 *
 * @param bytes The bytes around it, of which the text keeps nothing.
 * @param start Where the text starts.
 * @param end Where it ends; not checked against the length of `bytes`.
 * @returns The text.
 */
export function decodeText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  const characters = CHARACTERS[end - start];
  if (characters === undefined) return UTF8.decode(bytes.subarray(start, end));
  let seen = 0;
  for (let i = 0; i < characters.length; i++) {
    const byte = bytes[start + i] ?? 0;
    seen |= byte;
    characters[i] = byte;
  }
  if (seen > 0x7f) return UTF8.decode(bytes.subarray(start, end));
  return String.fromCharCode.apply(null, characters);
}
