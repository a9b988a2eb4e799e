import { EventEmitter } from "node:events";
import { assertEquals, assertRejects } from "@std/assert";
import { type Duplex, DuplexSocket } from "../../src/socket/duplex_socket.ts";

/** A connection that emits what it is told to, as `node:tls` emits records. */
class Records extends EventEmitter implements Duplex {
  readonly readableLength = 0;
  isPaused = false;

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  write(_chunk: Uint8Array, done: () => void): void {
    done();
  }

  end(done: () => void): void {
    done();
  }

  destroy(): void {
    this.emit("close");
  }

  /** Emits so many records of a size, each with another byte in it. */
  read(count: number, size: number): void {
    for (let i = 0; i < count; i++) {
      this.emit("data", new Uint8Array(size).fill(i));
    }
  }
}

/** The two ways to read. */
const WAYS = ["its stream", "readChunk()"] as const;

function open(way: typeof WAYS[number]): {
  readonly records: Records;
  readonly reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read">;
  /** Ends the read that emitted what has been emitted. */
  readonly endRead: () => void;
} {
  const records = new Records();
  const waiting: (() => void)[] = [];
  const socket = new DuplexSocket(records, {
    startTls: () => Promise.reject(new TypeError("No")),
    afterRead: (callback) => waiting.push(callback),
  });
  return {
    records,
    reader: way === "readChunk()"
      ? { read: () => socket.readChunk() }
      : socket.readable.getReader(),
    endRead: () => waiting.splice(0).forEach((callback) => callback()),
  };
}

// Asks for bytes, and waits until the connection has been asked.
async function readNext(
  { records, reader }: ReturnType<typeof open>,
): Promise<{ readonly chunk: Promise<Uint8Array | undefined> }> {
  const chunk = reader.read().then(({ value }) => value);
  while (records.isPaused) await null;
  return { chunk };
}

for (const way of WAYS) {
  Deno.test(`DuplexSocket hands out the records of one read as one chunk, by ${way}`, async () => {
    const opened = open(way);
    const { records, endRead } = opened;
    assertEquals(records.isPaused, true);
    const first = await readNext(opened);
    records.read(200, 3);
    assertEquals(records.isPaused, false);
    endRead();
    // Nothing more is read until it is requested.
    assertEquals(records.isPaused, true);
    assertEquals(
      await first.chunk,
      Uint8Array.from({ length: 600 }, (_, at) => Math.floor(at / 3)),
    );
    const second = await readNext(opened);
    records.read(1, 5);
    endRead();
    assertEquals(await second.chunk, new Uint8Array(5));
  });

  Deno.test(`DuplexSocket hands out 64 KiB without waiting for the end of a read, by ${way}`, async () => {
    const opened = open(way);
    const first = await readNext(opened);
    opened.records.read(5, 16_384);
    assertEquals(opened.records.isPaused, true);
    assertEquals((await first.chunk)?.length, 65_536);
    opened.endRead();
    assertEquals((await opened.reader.read()).value?.length, 16_384);
  });

  Deno.test(`DuplexSocket hands out bytes that came before the end, or before an error, by ${way}`, async () => {
    for (const event of ["end", "close"]) {
      const opened = open(way);
      const first = await readNext(opened);
      opened.records.read(2, 1);
      opened.records.emit(event);
      assertEquals(await first.chunk, Uint8Array.of(0, 1));
      assertEquals((await opened.reader.read()).done, true);
    }
    const opened = open(way);
    const first = await readNext(opened);
    opened.records.read(2, 1);
    opened.records.emit("error", new Error("broken"));
    assertEquals(await first.chunk, Uint8Array.of(0, 1));
    await assertRejects(() => opened.reader.read(), Error, "broken");
  });
}
