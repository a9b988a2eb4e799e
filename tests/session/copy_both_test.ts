import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ConnectionError,
  PostgresError,
  ProtocolError,
} from "@walbrook/walbrook";
import { CopyBoth } from "../../src/session/copy_both.ts";
import {
  commandComplete,
  dataRow,
  errorResponse,
  frame,
  READY,
} from "../helpers/messages.ts";
import {
  type InMemoryChannel,
  openInMemoryChannel,
} from "./in_memory_channel.ts";

const DATA = frame("d", "x");
const DONE = frame("c");
const COMPLETE = commandComplete("COPY 0");

function open(): {
  copy: CopyBoth;
  peer: InMemoryChannel;
  ends: boolean[];
} {
  const peer = openInMemoryChannel();
  const ends: boolean[] = [];
  const copy = new CopyBoth(peer.channel, (reusable) => ends.push(reusable));
  return { copy, peer, ends };
}

function typeOf(type: number): number {
  return type;
}

/** What is read to the end: batch sizes, and the error if there is one. */
async function drain(
  copy: CopyBoth,
): Promise<{ sizes: number[]; error: unknown }> {
  const sizes: number[] = [];
  try {
    for (let batch; (batch = await copy.next(typeOf)) !== null;) {
      sizes.push(batch.length);
    }
    return { sizes, error: undefined };
  } catch (error) {
    return { sizes, error };
  }
}

Deno.test("CopyBoth gives a batch for each chunk, data and notices alone", async () => {
  const { copy, peer, ends } = open();
  peer.send(DATA, DATA);
  peer.send(DATA, frame("N", "\0"), frame("S", "a\0b\0"), DATA);
  peer.send(frame("S", "a\0c\0"));
  peer.send(DATA);
  peer.send(DONE, COMPLETE, READY);
  assertEquals(await drain(copy), { sizes: [2, 3, 1], error: undefined });
  assertEquals(ends, [true]);
  assertEquals(peer.sent(), "c");
});

Deno.test("CopyBoth reads only when it is read from", async () => {
  const { copy, peer } = open();
  for (let i = 0; i < 10; i++) peer.send(DATA);
  await copy.next(typeOf);
  await new Promise((resolve) => setTimeout(resolve));
  // One is read, and one waits in the stage that cuts frames.
  assert(peer.waiting() >= 7, `${peer.waiting()} left`);
  await copy.cancel();
  assert(peer.closed());
});

Deno.test("CopyBoth sends data and the end, the latter once", async () => {
  const { copy, peer } = open();
  await copy.send(new Uint8Array(3));
  await copy.finish();
  await copy.finish();
  assertEquals(peer.sent(), "dc");
});

Deno.test("CopyBoth.send() sends nothing behind the end", async () => {
  const { copy, peer } = open();
  peer.send(DONE, COMPLETE, READY);
  await drain(copy);
  // A report that was due when the server ended the stream.
  await copy.send(new Uint8Array(3));
  assertEquals(peer.sent(), "c");
});

Deno.test("CopyBoth keeps the results that follow the stream", async () => {
  const { copy, peer } = open();
  peer.send(
    DONE,
    dataRow("2", "0/3000000"),
    commandComplete("SELECT 1"),
    commandComplete("START_STREAMING"),
    READY,
  );
  assertEquals(await drain(copy), { sizes: [], error: undefined });
  assertEquals(copy.results()[0]?.rows, [["2", "0/3000000"]]);
});

Deno.test("CopyBoth gives what came before the server's error, then the error", async () => {
  for (const severity of ["ERROR", "FATAL"]) {
    const ending = severity === "ERROR" ? [READY] : [];
    const { copy, peer, ends } = open();
    peer.send(DATA, DATA, errorResponse("57P01", severity), ...ending);
    const { sizes, error } = await drain(copy);
    assert(error instanceof PostgresError);
    assertEquals(error.code, "57P01");
    assertEquals(sizes, [2], severity);
    assertEquals(ends[0], severity === "ERROR");
  }
});

Deno.test("CopyBoth gives what came before a message that can't be decoded", async () => {
  const { copy, peer, ends } = open();
  peer.send(DATA, frame("d", "y"), DATA);
  const decode = (_type: number, bytes: Uint8Array, start: number) => {
    if (bytes[start] === 0x78) return "x";
    throw new ProtocolError("Cannot decode it");
  };
  assertEquals(await copy.next(decode), ["x"]);
  await assertRejects(() => copy.next(decode), ProtocolError, "decode it");
  assertEquals(ends, [false]);
});

Deno.test("CopyBoth prefers the server's words to the end of the connection", async () => {
  const { copy, peer, ends } = open();
  peer.send(errorResponse("42704", "ERROR"));
  peer.end();
  const { error } = await drain(copy);
  assert(error instanceof PostgresError);
  assertEquals(error.code, "42704");
  assertEquals(ends, [false]);
});

Deno.test("CopyBoth tells a server that shuts down from a link that breaks", async () => {
  const stopping = open();
  stopping.peer.send(DATA, COMPLETE);
  stopping.peer.end();
  const stopped = await drain(stopping.copy);
  assert(stopped.error instanceof ConnectionError);
  assertEquals(
    stopped.error.message,
    "The server ended the stream and closed the connection: it is shutting down",
  );
  const broken = open();
  broken.peer.send(DATA);
  broken.peer.end();
  const { error } = await drain(broken.copy);
  assert(error instanceof ConnectionError);
  assertEquals(
    error.message,
    "The server closed the connection in the middle of the stream",
  );
  const reset = open();
  reset.peer.end(new Error("Connection reset by peer"));
  const resetError = (await drain(reset.copy)).error;
  assert(resetError instanceof ConnectionError);
  assert((resetError.cause as Error).message.includes("reset by peer"));
});

Deno.test("CopyBoth closes the connection where the stream is given up", async () => {
  const { copy, peer, ends } = open();
  await copy.cancel();
  assert(peer.closed());
  assertEquals(ends, [false]);
});

Deno.test("CopyBoth.send() fails on a connection that is closed", async () => {
  const { copy, peer } = open();
  await peer.channel.close();
  await assertRejects(() => copy.send(new Uint8Array(1)), ConnectionError);
});

Deno.test("CopyBoth ends where the server reports error after error", async () => {
  const { copy, peer, ends } = open();
  const outcome = drain(copy);
  for (let i = 0; i < 200 && !peer.closed(); i++) {
    peer.send(errorResponse("XX000", "ERROR"));
  }
  const { error } = await outcome;
  assert(error instanceof ProtocolError);
  assert(error.cause instanceof PostgresError);
  assert(error.message.includes("too many errors"), error.message);
  assertEquals(ends, [false]);
});
