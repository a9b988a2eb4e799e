import type { Dial, Socket } from "../../src/socket/socket.ts";
import { dial } from "../../src/socket/deno.ts";

/** Sockets that note what is asked over them. */
export interface RecordingDial {
  /** Opens connections; not for links with TLS. */
  readonly dial: Dial;
  /** The text of each Query so far. */
  readonly queries: readonly string[];
}

/** Options for {@linkcode recordingDial}. */
export interface RecordingDialOptions {
  /**
   * Parameters to remove from StartupMessage, like a pooler that is configured to ignore
   * them.
   */
  readonly drop?: readonly string[];
}

const QUERY = 0x51; // Q
const PROTOCOL_3 = 0x30000;

/** Makes a {@linkcode RecordingDial}. */
export function recordingDial(
  { drop = [] }: RecordingDialOptions = {},
): RecordingDial {
  const queries: string[] = [];
  const record: Dial = async (address, options) => {
    const socket = await dial(address, options);
    const writer = socket.writable.getWriter();
    let isStarted = false;
    const writable = new WritableStream<Uint8Array>({
      async write(bytes) {
        if (isStarted) queries.push(...queriesIn(bytes));
        // An SSLRequest may come before it.
        const isStartup = !isStarted && versionOf(bytes) === PROTOCOL_3;
        await writer.write(isStartup ? without(bytes, drop) : bytes);
        isStarted ||= isStartup;
      },
    });
    return {
      readable: socket.readable,
      writable,
      startTls: () => Promise.reject(new TypeError("No TLS here")),
      close: () => socket.close(),
    } satisfies Socket;
  };
  return { dial: record, queries };
}

function versionOf(packet: Uint8Array): number {
  return new DataView(packet.buffer, packet.byteOffset).getInt32(4);
}

function queriesIn(bytes: Uint8Array): string[] {
  const found: string[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + view.getInt32(at + 1);
    if (bytes[at] === QUERY) {
      found.push(new TextDecoder().decode(bytes.subarray(at + 5, end - 1)));
    }
    at = end;
  }
  return found;
}

// StartupMessage: length and version, then names and values, each ended by a zero byte.
function without(startup: Uint8Array, drop: readonly string[]): Uint8Array {
  const words = new TextDecoder().decode(startup.subarray(8)).split("\0");
  let kept = "";
  for (let at = 0; words[at] !== "" && at < words.length; at += 2) {
    if (drop.includes(words[at]!)) continue;
    kept += `${words[at]}\0${words[at + 1]}\0`;
  }
  const body = new TextEncoder().encode(`${kept}\0`);
  const packet = new Uint8Array(8 + body.length);
  packet.set(startup.subarray(0, 8));
  packet.set(body, 8);
  new DataView(packet.buffer).setInt32(0, packet.length);
  return packet;
}
