import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { checkCount, type Copier, type CopyRun, rangeQuery } from "./copier.ts";

const COPY_DATA = 0x64; // d
const ERROR = 0x45; // E
const READY_FOR_QUERY = 0x5a; // Z

/**
 * Opens a bare socket, which shows the least that a copy costs: it finds the ends of
 * messages, counts rows, and decodes nothing.
 */
export async function bareSocket(run: CopyRun): Promise<Copier> {
  const reader = await BareReader.open(run);
  return {
    async take(rows, after) {
      reader.send(`COPY (${rangeQuery(run.table, rows, after)}) TO STDOUT`);
      return checkCount(await reader.rows(Infinity), rows);
    },
    close: () => reader.close(),
  };
}

/** Opens the same with one COPY of the whole table, which is paused between two slices. */
export async function oneCopy(run: CopyRun): Promise<Copier> {
  const reader = await BareReader.open(run);
  reader.send(`COPY ${run.table} TO STDOUT`);
  return {
    take: (rows) => reader.rows(rows),
    close: () => reader.close(),
  };
}

class BareReader {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #count = 0;
  #most = 0;
  #settle: { resolve(): void; reject(error: Error): void } | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const fail = (error: Error) => this.#settle?.reject(error);
    socket.on("error", fail);
    socket.on("close", () => fail(new Error("The server hung up")));
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
  }

  static async open(
    { server: { host, port }, name }: CopyRun,
  ): Promise<BareReader> {
    const reader = new BareReader(connect({ host, port }));
    reader.#socket.write(startup(name));
    await reader.rows(Infinity);
    return reader;
  }

  /** Sends a query. */
  send(query: string): void {
    const text = Buffer.from(`${query}\0`);
    this.#socket.write(Buffer.concat([Buffer.from("Q"), ...sized(text)]));
  }

  /** Counts rows until the response ends, or until there are at least this many. */
  async rows(most: number): Promise<number> {
    this.#count = 0;
    this.#most = most;
    await new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.resume();
    });
    return this.#count;
  }

  close(): Promise<void> {
    this.#settle = null;
    this.#socket.destroy();
    return Promise.resolve();
  }

  #read(chunk: Buffer): void {
    const rest = this.#rest;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    let isEnd = false;
    while (bytes.length - at >= 5) {
      const end = at + 1 + bytes.readInt32BE(at + 1);
      if (end > bytes.length) break;
      const type = bytes[at];
      if (type === COPY_DATA) this.#count++;
      else if (type === READY_FOR_QUERY) isEnd = true;
      else if (type === ERROR) {
        const error = new Error(bytes.toString("utf8", at + 5, end));
        return this.#settle?.reject(error);
      }
      at = end;
    }
    this.#rest = bytes.subarray(at);
    if (!isEnd && this.#count < this.#most) return;
    this.#socket.pause();
    this.#settle?.resolve();
  }
}

function startup(name: string): Uint8Array {
  return Buffer.concat(sized(
    Buffer.concat([
      Buffer.from([0, 3, 0, 0]),
      Buffer.from(
        `user\0postgres\0database\0postgres\0application_name\0${name}\0\0`,
      ),
    ]),
  ));
}

function sized(body: Uint8Array): Uint8Array[] {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return [length, body];
}
