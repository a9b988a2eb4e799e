import { concat } from "@std/bytes";
import { FrameChannel } from "../../src/wire/frame_channel.ts";
import type { Socket } from "../../src/socket/socket.ts";

/** One end of a connection whose other end is played by a test. */
export interface InMemoryChannel {
  /** The channel under test. */
  readonly channel: FrameChannel;
  /** Sends bytes to it, as one chunk. */
  send(...messages: readonly Uint8Array[]): void;
  /** Closes the other end, with an error or without. */
  end(error?: Error): void;
  /** What the channel has sent: the types of its messages, one letter each. */
  sent(): string;
  /** How many chunks wait that nobody has asked for. */
  waiting(): number;
  /** Whether the channel has closed the connection. */
  closed(): boolean;
}

/** Makes a {@linkcode InMemoryChannel}. */
export function openInMemoryChannel(): InMemoryChannel {
  let input!: ReadableStreamDefaultController<Uint8Array>;
  let types = "";
  let isClosed = false;
  const readable = new ReadableStream<Uint8Array>({
    start: (controller) => void (input = controller),
  }, { highWaterMark: 0 });
  const writable = new WritableStream<Uint8Array>({
    write: (chunk) => {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
      for (let at = 0; at < chunk.length; at += 1 + view.getInt32(at + 1)) {
        types += String.fromCharCode(view.getUint8(at));
      }
    },
  });
  const socket: Socket = {
    readable,
    writable,
    startTls: () => Promise.reject(new TypeError("No TLS here")),
    close: () => {
      isClosed = true;
      try {
        input.close();
      } catch {
        // The reader has given up, or the other end was closed before.
      }
      return Promise.resolve();
    },
  };
  return {
    channel: new FrameChannel(socket),
    send: (...messages) => input.enqueue(concat(messages)),
    end: (error) => {
      if (error === undefined) input.close();
      else input.error(error);
      isClosed = true;
    },
    sent: () => types,
    waiting: () => -(input.desiredSize ?? 0),
    closed: () => isClosed,
  };
}
