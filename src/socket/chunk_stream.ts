/** The part of a socket that a stream reads. */
export interface ChunkSource {
  /** Reads the next bytes. */
  readChunk(): Promise<ReadableStreamReadResult<Uint8Array>>;
  /** Closes the socket. */
  close(): Promise<void>;
}

/**
 * Creates the stream of a socket that can be read directly. It reads only on demand, and
 * closes the socket when it is cancelled.
 */
export function chunkStream(socket: ChunkSource): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await socket.readChunk();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => socket.close(),
  }, { highWaterMark: 0 });
}
