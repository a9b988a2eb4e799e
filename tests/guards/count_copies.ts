/**
 * Counts the bytes that are copied between arrays of bytes while something runs, by
 * `set()`, `slice()` and `copyWithin()`.
 *
 * @param run What to watch.
 */
export async function countCopies(
  run: () => Promise<unknown>,
): Promise<number> {
  const { set, slice, copyWithin } = Uint8Array.prototype;
  let copied = 0;
  Uint8Array.prototype.set = function (source, offset) {
    copied += source.length;
    return set.call(this, source, offset);
  };
  Uint8Array.prototype.slice = function (start, end) {
    const piece = slice.call(this, start, end) as Uint8Array<ArrayBuffer>;
    copied += piece.length;
    return piece;
  };
  Uint8Array.prototype.copyWithin = function (target, start, end) {
    copied += (end ?? this.length) - start;
    return copyWithin.call(this, target, start, end) as typeof this;
  };
  try {
    await run();
  } finally {
    Object.assign(Uint8Array.prototype, { set, slice, copyWithin });
  }
  return copied;
}
