/** Chunks that are the last view of their buffers. */
const LAST_VIEWS = new WeakSet<Uint8Array>();

interface Transferable {
  readonly transfer?: (length: number) => unknown;
}

/**
 * Marks a chunk so that {@linkcode freeSpentChunk} frees its buffer. Nothing may refer to the
 * buffer but this chunk, and chunks that were delivered before it.
 *
 * @returns The chunk.
 */
export function lastView(chunk: Uint8Array): Uint8Array {
  LAST_VIEWS.add(chunk);
  return chunk;
}

/** Frees the buffer of a chunk that nobody reads any more, if it is marked. */
export function freeSpentChunk(chunk: Uint8Array): void {
  if (LAST_VIEWS.delete(chunk)) freeBuffer(chunk);
}

/**
 * Frees a buffer that nobody uses any more. The garbage collector would do it late: the objects
 * that JavaScript creates start it, and a small one may refer to a large buffer. Node 20 leaves
 * it to the garbage collector.
 *
 * @param view A view of all of it.
 */
export function freeBuffer({ buffer }: Uint8Array): void {
  (buffer as Transferable).transfer?.(0);
}
