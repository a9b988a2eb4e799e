import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { MemoryServer } from "../../bench/memory_server.ts";
import { Recorder } from "../../bench/recording.ts";
import type { Dial, Socket } from "../../src/socket/mod.ts";
import {
  commandComplete,
  dataRow,
  errorResponse,
  READY,
} from "../helpers/messages.ts";

/** A server that answers each write with a text of its own. */
function answering(name: string): Dial {
  return () => {
    let give: (bytes: Uint8Array) => void = () => {};
    let count = 0;
    return Promise.resolve({
      readable: new ReadableStream<Uint8Array>({
        start(controller) {
          give = (bytes) => controller.enqueue(bytes);
        },
      }),
      writable: new WritableStream<Uint8Array>({
        write: () => give(new TextEncoder().encode(`${name}${count++} `)),
      }),
      startTls: () => Promise.reject(new TypeError("No TLS in memory")),
      close: () => Promise.resolve(),
    });
  };
}

function query(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const message = new Uint8Array(bytes.length + 6);
  message[0] = 0x51;
  new DataView(message.buffer).setInt32(1, bytes.length + 5);
  message.set(bytes, 5);
  return message;
}

const STARTUP = new Uint8Array(8);

Deno.test("Recorder keeps what another connection asks out of the stream", async () => {
  const recorder = new Recorder();
  const address = { hostname: "memory", port: 1 };
  async function open(name: string) {
    const dial = recorder.wrap(answering(name));
    const { readable, writable } = await dial(
      address as Parameters<Dial>[0],
      {} as Parameters<Dial>[1],
    );
    const [reader, writer] = [readable.getReader(), writable.getWriter()];
    return async (bytes: Uint8Array) => {
      await writer.write(bytes);
      await reader.read();
    };
  }
  const first = await open("a");
  await first(STARTUP);
  await first(query("SELECT 1"));
  await first(query("START_REPLICATION SLOT s LOGICAL 0/0"));
  const second = await open("b");
  await second(STARTUP);
  await second(query("SELECT 2"));
  await first(STARTUP);
  const { startup, answers, stream } = recorder.finish();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(text(startup), "a0 ");
  assertEquals(text(stream), "a2 a3 ");
  assertEquals([...answers].map(([query, bytes]) => [query, text(bytes)]), [
    ["SELECT 1", "a1 "],
    ["SELECT 2", "b1 "],
  ]);
});

Deno.test("Recorder tells the answers to queries apart that were sent together", async () => {
  const recorder = new Recorder();
  let give: (bytes: Uint8Array) => void = () => {};
  const socket = {
    readable: new ReadableStream<Uint8Array>({
      start: (controller) => void (give = (bytes) => controller.enqueue(bytes)),
    }),
    writable: new WritableStream<Uint8Array>(),
  };
  const dial = recorder.wrap(() => Promise.resolve(socket as Socket));
  const address = { transport: "tcp", hostname: "memory", port: 1 } as const;
  const { readable, writable } = await dial(address);
  const reader = readable.getReader();
  await writable.getWriter().write(concat([query("SELECT 1"), query("x")]));
  const answers = concat([
    ...[dataRow("1"), commandComplete("SELECT 1"), READY],
    ...[errorResponse("42601", "ERROR"), READY],
  ]);
  // Cut within messages.
  for (const [start, end] of [[0, 3], [3, 30], [30, answers.length]]) {
    give(answers.slice(start, end));
    await reader.read();
  }
  assertEquals(
    Object.fromEntries(
      [...recorder.finish().answers].map(([sql, bytes]) => [sql, [...bytes]]),
    ),
    {
      "SELECT 1": [
        ...concat([dataRow("1"), commandComplete("SELECT 1"), READY]),
      ],
      "x": [...concat([errorResponse("42601", "ERROR"), READY])],
    },
  );
});

Deno.test("MemoryServer refuses what was not recorded, as a server refuses it", () => {
  const empty = new Uint8Array(0);
  const recording = { startup: empty, answers: new Map(), stream: empty };
  const server = new MemoryServer(recording, () => {});
  assertEquals(server.push(STARTUP), []);
  const [refusal] = server.push(query("SELECT 3"));
  const text = new TextDecoder().decode(refusal);
  assertEquals(text[0], "E");
  assertEquals(text.includes('Cannot answer "SELECT 3"'), true);
  assertEquals(text.slice(-6), "Z\0\0\0\x05I");
});
