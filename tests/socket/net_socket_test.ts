import { EventEmitter } from "node:events";
import type { Socket as Connection } from "node:net";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { NetSocket, type OnRead, opened } from "../../src/socket/net_socket.ts";

/** A connection that reads when it is told to, as `node:net` does with `onread`. */
class Reads extends EventEmitter {
  isPaused = false;
  readonly #onread: OnRead;

  constructor(onread: OnRead) {
    super();
    this.#onread = onread;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  destroy(): void {
    this.emit("close");
  }

  /** Reads so many bytes of a value into the buffer that it was given. */
  read(length: number, value: number): void {
    const buffer = this.#onread.buffer();
    buffer.fill(value, 0, length);
    this.#onread.callback(length, buffer);
  }

  /** Passes on a buffer of its own, as Bun does. */
  pass(bytes: Uint8Array): void {
    this.#onread.callback(bytes.length, bytes);
  }
}

function open() {
  const polls: (() => void)[] = [];
  const socket = new NetSocket({
    connect: (onread) => new Reads(onread) as unknown as Connection,
    startTls: () => Promise.reject(new TypeError("No TLS")),
    afterPoll: (callback) => polls.push(callback),
  });
  return {
    socket,
    reads: socket.connection as unknown as Reads,
    endPoll: () => polls.splice(0).forEach((callback) => callback()),
  };
}

async function chunkOf(
  read: Promise<ReadableStreamReadResult<Uint8Array>>,
): Promise<number[]> {
  return [...(await read).value ?? []];
}

Deno.test("NetSocket stops reading with the first bytes that nobody waits for", async () => {
  const { socket, reads, endPoll } = open();
  assertEquals(reads.isPaused, true);
  const first = socket.readChunk();
  assertEquals(reads.isPaused, false);
  reads.read(2, 1);
  assertEquals(await chunkOf(first), [1, 1]);
  assertEquals(reads.isPaused, false);
  reads.read(1, 2);
  assertEquals(reads.isPaused, true);
  const second = socket.readChunk();
  assertEquals(reads.isPaused, false);
  endPoll();
  assertEquals(await chunkOf(second), [2]);
});

Deno.test("NetSocket joins what came early to what is ready, and overwrites neither", async () => {
  const { socket, reads, endPoll } = open();
  const first = socket.readChunk();
  reads.read(1, 1);
  reads.read(1, 2);
  const second = socket.readChunk();
  reads.read(2, 3);
  const third = socket.readChunk();
  // The second read no longer waits for the end of this poll, and the third never did.
  endPoll();
  reads.pass(Uint8Array.of(4));
  assertEquals(await chunkOf(first), [1]);
  assertEquals(await chunkOf(second), [2, 3, 3]);
  assertEquals(await chunkOf(third), [4]);
});

Deno.test("NetSocket hands out many early bytes at once, in a buffer of their own", async () => {
  const { socket, reads } = open();
  const first = socket.readChunk();
  reads.read(1, 1);
  reads.read(40_000, 2);
  const second = (await socket.readChunk()).value;
  const third = socket.readChunk();
  reads.read(40_000, 3);
  assertEquals(await chunkOf(first), [1]);
  assertEquals(second, new Uint8Array(40_000).fill(2));
  assertEquals((await third).value, new Uint8Array(40_000).fill(3));
});

Deno.test("NetSocket hands out bytes that came before the end, or before an error", async () => {
  for (const event of ["end", "close"]) {
    const { socket, reads } = open();
    const first = socket.readChunk();
    reads.read(1, 1);
    reads.read(1, 2);
    reads.emit(event);
    assertEquals(await chunkOf(first), [1]);
    assertEquals(await chunkOf(socket.readChunk()), [2]);
    assertEquals((await socket.readChunk()).done, true);
  }
  const { socket, reads } = open();
  const pending = socket.readChunk();
  reads.emit("error", new Error("broken"));
  await assertRejects(() => pending, Error, "broken");
});

Deno.test("NetSocket.close() ends a pending read", async () => {
  const { socket } = open();
  const pending = socket.readChunk();
  await socket.close();
  assertEquals((await pending).done, true);
});

Deno.test("NetSocket reads where the runtime emits bytes instead", async () => {
  const { socket, reads } = open();
  const pending = socket.readChunk();
  reads.emit("data", Uint8Array.of(1, 2));
  assertEquals(await chunkOf(pending), [1, 2]);
});

Deno.test("NetSocket.startTls() refuses a server that has sent something before", async () => {
  const quiet = open();
  await assertRejects(
    () => quiet.socket.startTls({ hostname: "db", verify: "none" }),
    TypeError,
    "No TLS",
  );
  const { socket, reads } = open();
  const answer = socket.readChunk();
  reads.read(1, 0x53);
  await answer;
  reads.read(10, 0x7a);
  await assertRejects(
    () => socket.startTls({ hostname: "db", verify: "none" }),
    Error,
    "before the handshake",
  );
});

Deno.test("opened() closes a socket whose signal was aborted before", async () => {
  const { socket, reads } = open();
  const closed = new Promise((resolve) => reads.once("close", resolve));
  const reason = new Error("Enough");
  const error = await assertRejects(() =>
    opened(socket, AbortSignal.abort(reason))
  );
  assertStrictEquals(error, reason);
  await closed;
});
