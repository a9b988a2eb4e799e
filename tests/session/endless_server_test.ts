import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ProtocolError } from "@walbrook/walbrook";
import { LoginConversation } from "../../src/login/login_conversation.ts";
import { Session } from "../../src/session/session.ts";
import { SimpleQueryAnswer } from "../../src/session/simple_query.ts";
import type { BackendMessage } from "../../src/wire/backend_message.ts";
import { dataRow, frame } from "../helpers/messages.ts";
import { openInMemoryChannel } from "./in_memory_channel.ts";

// A server that never stops: each batch is sent when the one before was read.
async function feed(
  { send, waiting, closed }: ReturnType<typeof openInMemoryChannel>,
  batch: Uint8Array,
  isOver: () => boolean,
): Promise<number> {
  let sent = 0;
  while (!isOver() && !closed()) {
    if (waiting() <= 0) {
      send(batch);
      sent += batch.length;
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return sent;
}

/** Runs it against an endless server; how many bytes that had to send. */
async function againstEndless(
  batch: Uint8Array,
  run: (
    server: ReturnType<typeof openInMemoryChannel>,
  ) => Promise<unknown>,
  said: string,
): Promise<number> {
  const server = openInMemoryChannel();
  let isOver = false;
  const running = assertRejects(() => run(server), ProtocolError, said)
    .finally(() => isOver = true);
  const sent = await feed(server, batch, () => isOver);
  await running;
  return sent;
}

function repeat(one: Uint8Array, times: number): Uint8Array {
  const bytes = new Uint8Array(one.length * times);
  for (let i = 0; i < times; i++) bytes.set(one, i * one.length);
  return bytes;
}

const NOTICE = frame("N", `SNOTICE\0C00000\0M${"x".repeat(100)}\0\0`);
const LARGE_NOTICE = frame(
  "N",
  `SNOTICE\0C00000\0M${"x".repeat(2 ** 19)}\0\0`,
);

for (
  const [what, batch] of [
    ["small notices", repeat(NOTICE, 100)],
    ["large notices", LARGE_NOTICE],
  ] as const
) {
  Deno.test(`a login ends at a server that sends endless ${what}`, async () => {
    const sent = await againstEndless(
      batch,
      ({ channel }) => new LoginConversation(channel).next(),
      "Cannot log in: the server sent",
    );
    assert(sent < 2 ** 24, `${sent} bytes`);
  });
}

function sessionOn({ channel }: ReturnType<typeof openInMemoryChannel>) {
  channel.limitMessages();
  return new Session({
    channel,
    parameters: new Map(),
    processId: 1,
    cancel: () => Promise.resolve(),
    onNotice: () => {},
  });
}

Deno.test("a query ends at a server that sends endless large rows", async () => {
  const sent = await againstEndless(
    dataRow("x".repeat(2 ** 23)),
    (server) => sessionOn(server).query("SELECT 1"),
    "Cannot buffer the answer to a query",
  );
  assert(sent < 2 ** 29, `${sent} bytes`);
});

const SMALL: readonly (readonly [what: string, message: BackendMessage])[] = [
  ["rows without columns", { kind: "DataRow", values: [] }],
  ["rows of NULL", { kind: "DataRow", values: [null, null] }],
  ["results", { kind: "CommandComplete", tag: "SELECT 0" }],
];

for (const [what, message] of SMALL) {
  Deno.test(`the answer to a query has an end, however small its ${what} are`, () => {
    const answer = new SimpleQueryAnswer(2 ** 20);
    assertThrows(
      () => {
        for (let i = 0; i < 2 ** 17; i++) answer.push(message);
      },
      ProtocolError,
      "it exceeds 1048576 bytes",
    );
  });
}

Deno.test("a query ends at a server that reports endless parameters", async () => {
  const server = openInMemoryChannel();
  const answer = assertRejects(
    () => sessionOn(server).query("SELECT 1"),
    ProtocolError,
    "more than 10000 parameters",
  );
  for (let i = 0; i <= 10_000; i++) server.send(frame("S", `p${i}\0v\0`));
  await answer;
  assertEquals(server.closed(), true);
});

Deno.test("a query refuses a message that is longer than an answer may be", async () => {
  const server = openInMemoryChannel();
  const answer = assertRejects(
    () => sessionOn(server).query("SELECT 1"),
    ProtocolError,
    "its length is 1000000000",
  );
  const header = new Uint8Array(5);
  header[0] = "D".charCodeAt(0);
  new DataView(header.buffer).setInt32(1, 1_000_000_000);
  await new Promise((resolve) => setTimeout(resolve, 0));
  server.send(header);
  await answer;
});
