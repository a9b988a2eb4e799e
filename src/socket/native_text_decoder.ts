import type { DecodeText } from "./socket.ts";

type Slice = (this: Uint8Array, start: number, end: number) => string;

/** What makes a string of a part of some bytes: the prototype of Node's `Buffer`. */
export interface Slices {
  readonly utf8Slice?: Slice;
  readonly latin1Slice?: Slice;
}

const SLICES: Slices =
  (globalThis as { readonly Buffer?: { readonly prototype: Slices } })
    .Buffer?.prototype ?? {};

/**
 * What runtimes with Node's `Buffer` have to make a string of a part of some bytes; it takes
 * half as long as a view and a TextDecoder. `undefined` in those without.
 */
// Bun makes short texts sooner when it need not look for UTF-8, by more than it takes to
// look here. The others take the same time for either.
export const decodeText: DecodeText | undefined = textDecoder(
  SLICES,
  "Bun" in globalThis ? 40 : 0,
);

/**
 * Makes the decoder of a runtime.
 *
 * @param slices What there is to make it of.
 * @param longestAscii How long a text may be to be made as Latin-1 if it is ASCII.
 * @returns The decoder, or `undefined` if something is not there.
 */
export function textDecoder(
  { utf8Slice, latin1Slice }: Slices,
  longestAscii: number,
): DecodeText | undefined {
  return utf8Slice && latin1Slice &&
    ((bytes, start, end) =>
      end - start <= longestAscii && isAscii(bytes, start, end)
        ? latin1Slice.call(bytes, start, end)
        : utf8Slice.call(bytes, start, end));
}

// Four bytes at a time, since to loop takes longer than to look.
function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    seen |= bytes[at]! | bytes[at + 1]! | bytes[at + 2]! | bytes[at + 3]!;
  }
  for (; at < end; at++) seen |= bytes[at]!;
  return seen <= 0x7f;
}
