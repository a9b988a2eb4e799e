import { Buffer } from "node:buffer";
import { readFile, writeFile } from "node:fs/promises";
import type { Dial, Socket } from "../src/socket/mod.ts";

/** The answers of a server in one session, by request. */
export interface Recording {
  /** Its answer to the startup message. */
  readonly startup: Uint8Array;
  /** Its answers to simple queries, by their text. */
  readonly answers: ReadonlyMap<string, Uint8Array>;
  /** Its answer to START_REPLICATION: all of the stream, to its end. */
  readonly stream: Uint8Array;
}

/**
 * Writes down what the server says over the connections that `dial` opens. The first one is
 * the one that streams; of others, which ask something while it does, only the answers count.
 */
export class Recorder {
  readonly #startup: Uint8Array[] = [];
  readonly #answers = new Map<string, Uint8Array[]>();
  readonly #stream: Uint8Array[] = [];
  #connections = 0;

  /** The same as `dial`, overheard. */
  wrap(dial: Dial): Dial {
    return async (address, options) => {
      const isFirst = this.#connections++ === 0;
      const socket = await dial(address, options);
      return this.#listen(socket, isFirst ? this.#startup : []);
    };
  }

  /** What was said until now. */
  finish(): Recording {
    return {
      startup: Buffer.concat(this.#startup),
      answers: new Map(
        [...this.#answers].map((
          [query, chunks],
        ) => [query, Buffer.concat(chunks)]),
      ),
      stream: Buffer.concat(this.#stream),
    };
  }

  #listen(socket: Socket, startup: Uint8Array[]): Socket {
    const writer = socket.writable.getWriter();
    // The answer that comes, and those to the queries that were sent with it.
    let places = [startup];
    let rest: Uint8Array = new Uint8Array(0);
    const push = (chunk: Uint8Array) => {
      rest = Buffer.concat([rest, chunk]);
      while (places.length > 1) {
        const end = endOfMessage(rest);
        if (end === null) return;
        places[0]?.push(rest.slice(0, end));
        if (rest[0] === READY_FOR_QUERY) places.shift();
        rest = rest.subarray(end);
      }
      if (rest.length > 0) places[0]?.push(rest);
      rest = new Uint8Array(0);
    };
    return {
      readable: socket.readable.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform: (chunk, controller) => {
            push(chunk);
            controller.enqueue(chunk);
          },
        }),
      ),
      writable: new WritableStream<Uint8Array>({
        write: (bytes) => {
          const queries = queriesIn(bytes);
          if (queries.length > 0) {
            places = queries.map((query) => this.#placeFor(query));
          }
          return writer.write(bytes);
        },
      }),
      startTls: () => Promise.reject(new TypeError("Cannot record over TLS")),
      close: () => socket.close(),
    };
  }

  #placeFor(query: string): Uint8Array[] {
    if (query.startsWith("START_REPLICATION")) return this.#stream;
    const place: Uint8Array[] = [];
    this.#answers.set(query, place);
    return place;
  }
}

const QUERY = 0x51; // Q
const READY_FOR_QUERY = 0x5a; // Z

// Each write of Walbrook is one message, or several queries.
function queriesIn(bytes: Uint8Array): string[] {
  const queries: string[] = [];
  while (bytes[0] === QUERY) {
    const end = endOfMessage(bytes) ?? bytes.length;
    queries.push(queryText(bytes.subarray(0, end)));
    bytes = bytes.subarray(end);
  }
  return queries;
}

// The length of the first message, if it is there as a whole.
function endOfMessage(bytes: Uint8Array): number | null {
  if (bytes.length < 5) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = 1 + view.getInt32(1);
  return end <= bytes.length ? end : null;
}

/** The text of a Query message. */
export function queryText(message: Uint8Array): string {
  return new TextDecoder().decode(message.subarray(5, -1));
}

/** Keeps a recording in two files. */
export async function saveRecording(
  path: string,
  { startup, answers, stream }: Recording,
): Promise<void> {
  const text = JSON.stringify({
    startup: toBase64(startup),
    answers: [...answers].map(([query, bytes]) => [query, toBase64(bytes)]),
  });
  await writeFile(`${path}.json`, text);
  await writeFile(`${path}.bin`, stream);
}

/** Reads what {@linkcode saveRecording} kept. */
export async function loadRecording(path: string): Promise<Recording> {
  const { startup, answers }: {
    startup: string;
    answers: [string, string][];
  } = JSON.parse(await readFile(`${path}.json`, "utf8"));
  return {
    startup: Buffer.from(startup, "base64"),
    answers: new Map(
      answers.map(([query, text]) => [query, Buffer.from(text, "base64")]),
    ),
    stream: await readFile(`${path}.bin`),
  };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
