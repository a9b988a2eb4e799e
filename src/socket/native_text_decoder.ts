import type { DecodeText } from "./socket.ts";

type Slice = (this: Uint8Array, start: number, end: number) => string;

/** Decodes a part of some bytes to a string: methods of the prototype of Node's `Buffer`. */
export interface Slices {
  readonly utf8Slice?: Slice;
  readonly latin1Slice?: Slice;
}

/** The lengths up to which {@linkcode textDecoder} uses one method or another. */
export interface MethodLimits {
  /** The maximum length of a text to decode as Latin-1 if it is ASCII, in bytes. */
  readonly longestAscii: number;
  /** The length beyond which to use TextDecoder, in bytes. */
  readonly longestSlice: number;
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const SLICES: Slices =
  (globalThis as { readonly Buffer?: { readonly prototype: Slices } })
    .Buffer?.prototype ?? {};

/**
 * The fast decoder of runtimes with Node's `Buffer` for a part of some bytes; it takes half
 * as long as a view and a TextDecoder. `undefined` in other runtimes.
 */
// Bun creates short strings faster if it need not check for UTF-8, which saves more time than
// the check here takes. The other runtimes take the same time for either. From about 300 bytes
// on, Deno's TextDecoder is faster: eight times for 64 KiB of ASCII.
export const decodeText: DecodeText | undefined = textDecoder(SLICES, {
  longestAscii: "Bun" in globalThis ? 40 : 0,
  longestSlice: "Deno" in globalThis ? 256 : Infinity,
});

/** The runtime's decoder of Latin-1; `undefined` in runtimes without Node's `Buffer`. */
export const decodeLatin1: DecodeText | undefined = latin1Decoder(SLICES);

function latin1Decoder({ latin1Slice }: Slices): DecodeText | undefined {
  return latin1Slice &&
    ((bytes, start, end) => latin1Slice.call(bytes, start, end));
}

/**
 * Creates the decoder of a runtime.
 *
 * @param slices The methods to use.
 * @param limits The lengths up to which to use them.
 * @returns The decoder; `undefined` if a method is missing.
 */
export function textDecoder(
  { utf8Slice, latin1Slice }: Slices,
  { longestAscii, longestSlice }: MethodLimits,
): DecodeText | undefined {
  if (!utf8Slice || !latin1Slice) return undefined;
  return (bytes, start, end) => {
    const length = end - start;
    if (length > longestSlice) return UTF8.decode(bytes.subarray(start, end));
    return length <= longestAscii && isAscii(bytes, start, end)
      ? latin1Slice.call(bytes, start, end)
      : utf8Slice.call(bytes, start, end);
  };
}

// Four bytes at a time: the loop takes longer than the comparison.
function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    seen |= bytes[at]! | bytes[at + 1]! | bytes[at + 2]! | bytes[at + 3]!;
  }
  for (; at < end; at++) seen |= bytes[at]!;
  return seen <= 0x7f;
}
