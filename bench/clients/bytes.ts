import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { Pacing } from "../../src/subscription/link/pacing.ts";
import type { Run } from "./client.ts";

const COPY_DATA = 0x64; // d
const XLOG_DATA = 0x77; // w
const READY_FOR_QUERY = 0x5a; // Z
/** The offsets at which the header of CopyData ends, and then the header of XLogData. */
const [XLOG_AT, MESSAGE_AT] = [5, 5 + 25];
/** The first bytes of what pgoutput sends for a row. */
const ROWS = new Set([..."IUD"].map((letter) => letter.charCodeAt(0)));

/**
 * No client, but what is left of Walbrook without its work: it looks for the ends of
 * messages, waits as Walbrook does for more to gather, and decodes nothing. What it takes
 * is the runtime's share, and the kernel's.
 */
export async function bytes(
  { server, slot, publication, rows }: Run,
): Promise<void> {
  if (!("host" in server)) {
    throw new TypeError("Cannot read a recording: it has no socket");
  }
  const socket = connect({ host: server.host, port: server.port });
  try {
    const failed = new Promise<never>((_resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("The server hung up")));
    });
    failed.catch(() => {});
    follow(socket, rows.add.bind(rows), query(slot, publication));
    await Promise.race([rows.done, failed]);
  } finally {
    socket.destroy();
  }
}

function follow(
  socket: Socket,
  onRow: (row: null) => void,
  start: Uint8Array,
): void {
  const pacing = new Pacing();
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    let messages = 0;
    while (rest.length - at >= 5) {
      const end = at + 1 + rest.readInt32BE(at + 1);
      if (end > rest.length) break;
      const type = rest[at];
      if (type === READY_FOR_QUERY) socket.write(start);
      else if (type === COPY_DATA && isRow(rest, at)) onRow(null);
      at = end;
      messages++;
    }
    rest = rest.subarray(at);
    const read = { messages, bytes: chunk.length, at: performance.now() };
    if (!pacing.pauseAfter(read)) return;
    socket.pause();
    setTimeout(() => socket.resume(), 1);
  });
  socket.write(startup());
}

// A keepalive is shorter than what is looked at here, so that comes second.
function isRow(bytes: Uint8Array, at: number): boolean {
  return bytes[at + XLOG_AT] === XLOG_DATA &&
    ROWS.has(bytes[at + MESSAGE_AT] ?? 0);
}

function startup(): Uint8Array {
  const version = Buffer.from([0, 3, 0, 0]);
  const parameters = "user\0postgres\0database\0postgres\0" +
    "replication\0database\0\0";
  return Buffer.concat(
    withLength([version, Buffer.from(parameters)]),
  );
}

function query(slot: string, publication: string): Uint8Array {
  const text = `START_REPLICATION SLOT ${slot} LOGICAL 0/0 ` +
    `(proto_version '1', publication_names '${publication}')\0`;
  return Buffer.concat([Buffer.from("Q"), ...withLength([Buffer.from(text)])]);
}

function withLength(parts: readonly Uint8Array[]): Uint8Array[] {
  const length = Buffer.alloc(4);
  length.writeInt32BE(parts.reduce((sum, part) => sum + part.length, 4));
  return [length, ...parts];
}
