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
    send: (...messages) => input.enqueue(join(messages)),
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

/** A message from the server: a letter and its body, text ended by zero bytes as written. */
export function message(
  type: string,
  body: string | Uint8Array = "",
): Uint8Array {
  const content = typeof body === "string"
    ? new TextEncoder().encode(body)
    : body;
  const bytes = new Uint8Array(5 + content.length);
  bytes[0] = type.charCodeAt(0);
  new DataView(bytes.buffer).setInt32(1, 4 + content.length);
  bytes.set(content, 5);
  return bytes;
}

/** An ErrorResponse. */
export function errorResponse(severity: string, code: string): Uint8Array {
  return message("E", `S${severity}\0V${severity}\0C${code}\0Mbecause\0\0`);
}

/** A DataRow of text values. */
export function dataRow(...values: readonly (string | null)[]): Uint8Array {
  const parts = [Uint8Array.of(0, values.length)];
  for (const value of values) {
    const text = new TextEncoder().encode(value ?? "");
    const length = value === null ? -1 : text.length;
    parts.push(Uint8Array.of(length >> 24, length >> 16, length >> 8, length));
    parts.push(text);
  }
  return message("D", join(parts));
}

/** ReadyForQuery outside of a transaction. */
export const READY: Uint8Array = message("Z", "I");
/** CopyBothResponse without columns. */
export const COPY_BOTH: Uint8Array = message("W", "\0\0\0");

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
