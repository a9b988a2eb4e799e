import { Buffer } from "node:buffer";
import { queryText, type Recording } from "./recording.ts";

/** The size of a chunk from the socket. */
const CHUNK = 64 * 1024;
const SSL_REQUEST = 80877103;

/**
 * A server in memory that says what a real one said. So clients are measured whole,
 * from the bytes of the socket to what their users get, without a kernel and a server
 * in between.
 */
export class MemoryServer {
  readonly #recording: Recording;
  readonly #onStart: () => void;
  #started = false;

  /**
   * @param recording What to say.
   * @param onStart Is told when the client starts the stream.
   */
  constructor(recording: Recording, onStart: () => void) {
    this.#recording = recording;
    this.#onStart = onStart;
  }

  /**
   * Takes whole messages of the client.
   *
   * @returns What the server answers, in pieces of the size that sockets deliver.
   */
  push(bytes: Uint8Array): Buffer[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!this.#started) {
      if (view.getInt32(4) === SSL_REQUEST) return [Buffer.from("N")];
      this.#started = true;
      return cut(this.#recording.startup);
    }
    const answers: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + view.getInt32(at + 1);
      if (bytes[at] === 0x51 /* Q */) {
        answers.push(...this.#query(queryText(bytes.subarray(at, end))));
      }
      at = end;
    }
    return answers;
  }

  #query(text: string): Buffer[] {
    if (text.startsWith("START_REPLICATION")) {
      this.#onStart();
      return cut(this.#recording.stream);
    }
    const answer = this.#recording.answers.get(text);
    if (answer !== undefined) return cut(answer);
    if (text.startsWith("CREATE_REPLICATION_SLOT")) return [createdSlot()];
    // A question of another connection, which only a client that is slow asks.
    return [refusal(`Cannot answer "${text}": it was not recorded`)];
  }
}

function cut(bytes: Uint8Array): Buffer[] {
  const { buffer, byteOffset, length } = bytes;
  const pieces: Buffer[] = [];
  for (let at = 0; at < length; at += CHUNK) {
    const size = Math.min(CHUNK, length - at);
    pieces.push(Buffer.from(buffer as ArrayBuffer, byteOffset + at, size));
  }
  return pieces;
}

// For a client that always makes a slot of its own.
function createdSlot(): Buffer {
  const names = ["slot_name", "consistent_point", "snapshot_name"];
  const fields = names.map((name) =>
    Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(18)])
  );
  const values = ["memory", "0/1", ""].map((value) =>
    Buffer.concat([int32(value.length), Buffer.from(value)])
  );
  return Buffer.concat([
    message("T", Buffer.from([0, 3]), ...fields),
    message("D", Buffer.from([0, 3]), ...values),
    message("C", Buffer.from("CREATE_REPLICATION_SLOT\0")),
    message("Z", Buffer.from("I")),
  ]);
}

function refusal(text: string): Buffer {
  const fields = Buffer.from(`SERROR\0CXX000\0M${text}\0\0`);
  return Buffer.concat([message("E", fields), message("Z", Buffer.from("I"))]);
}

function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
