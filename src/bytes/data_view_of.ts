let last: DataView = new DataView(new ArrayBuffer(0));

/**
 * Gives a view of the whole buffer in which bytes lie: the same one again for as long
 * as nobody asks for another buffer's. To make a view costs many times what one read
 * takes, and messages come by the hundreds in one buffer.
 *
 * @param bytes The bytes; positions in the view are theirs plus their `byteOffset`.
 */
export function dataViewOf(bytes: Uint8Array): DataView {
  if (last.buffer !== bytes.buffer) last = new DataView(bytes.buffer);
  return last;
}
