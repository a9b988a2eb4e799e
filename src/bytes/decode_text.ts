const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

// Up to here there is a shorter way than TextDecoder and a view of the bytes, which
// together take 100 to 150 ns, whatever their length.
const LONGEST_SHORT = 40;

// JavaScriptCore, which is told by the errors that know their line, takes twice as long
// for a native function with many arguments as for TextDecoder; V8 half as long.
const CALLS_ARE_FAST = !("line" in new Error());

// One array and one view for each length, since what they are passed to takes exactly
// what they hold. They are filled and used within one call, so that nobody sees them
// half done.
const CHARACTERS: readonly number[][] = Array.from(
  { length: LONGEST_SHORT + 1 },
  (_, length) => new Array<number>(length).fill(0),
);
const SCRATCH = new Uint8Array(LONGEST_SHORT);
const VIEWS: readonly Uint8Array[] = Array.from(
  { length: LONGEST_SHORT + 1 },
  (_, length) => SCRATCH.subarray(0, length),
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
  const length = end - start;
  if (length > LONGEST_SHORT) return UTF8.decode(bytes.subarray(start, end));
  return CALLS_ARE_FAST
    ? decodeByCharacter(bytes, start, length)
    : decodeByCopy(bytes, start, length);
}

function decodeByCharacter(
  bytes: Uint8Array,
  start: number,
  length: number,
): string {
  const characters = CHARACTERS[length]!;
  let seen = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i] ?? 0;
    seen |= byte;
    characters[i] = byte;
  }
  return seen > 0x7f
    ? UTF8.decode(bytes.subarray(start, start + length))
    : String.fromCharCode.apply(null, characters);
}

function decodeByCopy(
  bytes: Uint8Array,
  start: number,
  length: number,
): string {
  const view = VIEWS[length]!;
  for (let i = 0; i < length; i++) view[i] = bytes[start + i] ?? 0;
  return UTF8.decode(view);
}
