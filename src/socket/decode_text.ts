import type { DecodeText } from "./socket.ts";

type Slice = (this: Uint8Array, start: number, end: number) => string;

/**
 * What runtimes with Node's `Buffer` have to make a string of a part of some bytes; it takes
 * half as long as a view and a TextDecoder. `undefined` in those without.
 */
export const decodeText: DecodeText | undefined = fromSlice(
  (globalThis as {
    readonly Buffer?: { readonly prototype: { readonly utf8Slice?: Slice } };
  }).Buffer?.prototype.utf8Slice,
);

function fromSlice(slice: Slice | undefined): DecodeText | undefined {
  return slice && ((bytes, start, end) => slice.call(bytes, start, end));
}
