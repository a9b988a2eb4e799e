import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  ConnectionError,
  PostgresError,
  ProtocolError,
} from "@walbrook/walbrook";
import type { PostgresErrorFields } from "@walbrook/walbrook/replication";
import { copyOut, copyOutBatches } from "../../src/session/copy_streams.ts";
import { Session } from "../../src/session/session.ts";
import {
  commandComplete,
  COPY_BOTH,
  dataRow,
  errorResponse,
  frame,
  READY,
} from "../helpers/messages.ts";
import { openInMemoryChannel } from "./in_memory_channel.ts";

const COMPLETE = commandComplete("DO");

function open(
  cancel: () => Promise<void> = () => Promise.resolve(),
  cancelDeadlineMs = 10_000,
) {
  const peer = openInMemoryChannel();
  const notices: PostgresErrorFields[] = [];
  const session = new Session({
    channel: peer.channel,
    parameters: new Map([["TimeZone", "UTC"]]),
    processId: 7,
    cancel,
    cancelDeadlineMs,
    onNotice: (notice) => notices.push(notice),
  });
  return { peer, session, notices };
}

async function usable({ peer, session }: ReturnType<typeof open>) {
  peer.send(
    dataRow("still here"),
    commandComplete("SELECT 1"),
    READY,
  );
  const [result] = await session.query("SELECT");
  return result?.rows[0]?.[0] === "still here";
}

Deno.test("Session.query() follows parameters and passes notices on", async () => {
  const one = open();
  one.peer.send(
    frame("S", "TimeZone\0Asia/Kabul\0"),
    frame("N", "SW\0Mhear\0\0"),
    frame("A", "\0\0\0\x01c\0p\0"),
    COMPLETE,
    READY,
  );
  assertEquals(await one.session.query("DO"), [
    { fields: [], rows: [], tag: "DO" },
  ]);
  assertEquals(one.session.parameters.get("TimeZone"), "Asia/Kabul");
  assertEquals(one.notices.map(({ message }) => message), ["hear"]);
  assert(await usable(one));
});

Deno.test("Session.query() leaves the connection usable after the server's error", async () => {
  const one = open();
  one.peer.send(errorResponse("42601", "ERROR"), READY);
  const error = await assertRejects(
    () => one.session.query("x"),
    PostgresError,
  );
  assertEquals(error.code, "42601");
  assert(await usable(one));
});

Deno.test("Session.queryAll() sends all before it reads, and keeps each command's outcome", async () => {
  const one = open();
  const asking = one.session.queryAll(["SELECT 1", "x", "SELECT 2"]);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(one.peer.sent(), "QQQ");
  one.peer.send(dataRow("1"), commandComplete("SELECT 1"), READY);
  one.peer.send(errorResponse("42601", "ERROR"), READY);
  one.peer.send(dataRow("2"), commandComplete("SELECT 1"), READY);
  const answer = await asking;
  assertEquals(answer(0)[0]?.rows, [["1"]]);
  assertThrows(() => answer(1), PostgresError);
  assertEquals(answer(2)[0]?.rows, [["2"]]);
  assert(await usable(one));
});

Deno.test("Session.queryAll() is busy up to the last answer, and rejects when it breaks off", async () => {
  const one = open();
  const asking = one.session.queryAll(["SELECT 1", "SELECT 2"]);
  one.peer.send(dataRow("1"), commandComplete("SELECT 1"), READY);
  await assertRejects(() => one.session.query("y"), TypeError, "is busy");
  one.peer.send(errorResponse("57P01", "FATAL"));
  const error = await assertRejects(() => asking, PostgresError);
  assertEquals(error.code, "57P01");
  assert(one.peer.closed());
});

Deno.test("Session.queryAll() rejects with the signal's reason when a command was cancelled", async () => {
  let isCancelled = false;
  const one = open(() => {
    if (isCancelled) return Promise.resolve();
    isCancelled = true;
    one.peer.send(errorResponse("57014", "ERROR"), READY);
    one.peer.send(COMPLETE, READY);
    return Promise.resolve();
  });
  const stop = new AbortController();
  const asking = one.session.queryAll(["x", "y"], { signal: stop.signal });
  const reason = new Error("Changed my mind");
  stop.abort(reason);
  assertEquals(await assertRejects(() => asking), reason);
  assert(await usable(one));
});

Deno.test("Session.queryAll() cancels the commands behind a cancelled one, which may be blocked, too", async () => {
  const one = open(() => {
    one.peer.send(errorResponse("57014", "ERROR"), READY);
    return Promise.resolve();
  }, 30_000);
  const stop = new AbortController();
  const commands = ["x", "y", "z"];
  const asking = one.session.queryAll(commands, { signal: stop.signal });
  const reason = new Error("Changed my mind");
  stop.abort(reason);
  assertEquals(await assertRejects(() => asking), reason);
  assert(await usable(one));
});

Deno.test("Session.query() refuses COPY FROM STDIN and passes over COPY TO STDOUT", async () => {
  const one = open();
  one.peer.send(
    frame("G", "\0\0\0"),
    errorResponse("57014", "ERROR"),
    READY,
  );
  await assertRejects(
    () => one.session.query("COPY t FROM STDIN"),
    PostgresError,
  );
  assertEquals(one.peer.sent(), "Qf");
  one.peer.send(frame("H", "\0\0\0"), frame("d", "1\n"), frame("c"));
  one.peer.send(commandComplete("COPY 1"), READY);
  const [copied] = await one.session.query("COPY t TO STDOUT");
  assertEquals(copied?.tag, "COPY 1");
  assert(await usable(one));
});

const COPY_OUT = frame("H", "\0\0\0");

Deno.test("copyOut() streams a chunk for each row, copyOutBatches() those of each read", async () => {
  const texts = (rows: readonly Uint8Array[]) =>
    rows.map((row) => new TextDecoder().decode(row));
  const send = ({ peer }: ReturnType<typeof open>) => {
    peer.send(COPY_OUT, frame("d", "1\n"), frame("d", "2\n"));
    peer.send(frame("d", "3\n"), frame("c"));
    peer.send(commandComplete("COPY 3"), READY);
  };
  const one = open();
  send(one);
  const rows = await copyOut(one.session, "COPY t TO STDOUT", {});
  assertEquals(texts(await Array.fromAsync(rows)), ["1\n", "2\n", "3\n"]);
  assert(await usable(one));
  send(one);
  const batches = await copyOutBatches(one.session, "COPY t TO STDOUT", {});
  assertEquals((await Array.fromAsync(batches)).map(texts), [
    ["1\n", "2\n"],
    ["3\n"],
  ]);
  assert(await usable(one));
});

Deno.test("copyOut() reads only what is requested, and fails after the rows that came before", async () => {
  const one = open();
  one.peer.send(COPY_OUT);
  one.peer.send(frame("d", "1\n"), frame("d", "2\n"));
  const failure = errorResponse("22012", "ERROR");
  one.peer.send(frame("d", "3\n"), failure, READY);
  const rows = await copyOut(one.session, "COPY t TO STDOUT", {});
  assertEquals(one.peer.waiting(), 2);
  const reader = rows.getReader();
  for (let i = 1; i <= 3; i++) {
    const { value } = await reader.read();
    assertEquals(new TextDecoder().decode(value), `${i}\n`);
    assertEquals(one.peer.waiting(), i < 3 ? 1 : 0);
  }
  const error = await assertRejects(() => reader.read(), PostgresError);
  assertEquals(error.code, "22012");
  assert(await usable(one));
});

Deno.test("copyOut() refuses COPY FROM STDIN, and leaves the connection usable", async () => {
  const one = open();
  one.peer.send(
    frame("G", "\0\0\0"),
    errorResponse("57014", "ERROR"),
    READY,
  );
  const error = await assertRejects(
    () => copyOut(one.session, "COPY t FROM STDIN", {}),
    PostgresError,
  );
  assertEquals(error.code, "57014");
  assertEquals(one.peer.sent(), "Qf");
  assert(await usable(one));
});

Deno.test("copyOut() says so where the command is another one, and leaves the connection usable", async () => {
  const one = open();
  one.peer.send(dataRow("1"), commandComplete("SELECT 1"), READY);
  await assertRejects(
    () => copyOut(one.session, "SELECT 1", {}),
    ProtocolError,
    '"SELECT 1" is not a COPY … TO STDOUT',
  );
  assert(await usable(one));
});

Deno.test("Session closes the connection when an answer breaks off", async () => {
  const endings: [
    what: string,
    bytes: Uint8Array[],
    kind: new (...args: never[]) => Error,
  ][] = [
    ["FATAL", [errorResponse("57P01")], PostgresError],
    ["nonsense", [frame("Z", "X")], ProtocolError],
    ["a misplaced message", [COPY_BOTH], ProtocolError],
    ["an unknown message", [frame("!", "")], ProtocolError],
    ["a broken frame", [Uint8Array.of(0x44, 0, 0, 0, 0)], ProtocolError],
  ];
  for (const [what, bytes, kind] of endings) {
    const one = open();
    one.peer.send(...bytes);
    await assertRejects(() => one.session.query("x"), kind as typeof Error);
    assert(one.peer.closed(), what);
    await assertRejects(
      () => one.session.query("y"),
      ConnectionError,
      'Cannot run "y": the connection is closed',
    );
  }
});

Deno.test("Session says what broke when the server hangs up", async () => {
  const one = open();
  one.peer.end();
  await assertRejects(
    () => one.session.query("x"),
    ConnectionError,
    "The server closed the connection unexpectedly",
  );
});

Deno.test("Session runs one command at a time", async () => {
  const one = open();
  const first = one.session.query("x".repeat(70));
  await assertRejects(
    () => one.session.query("y".repeat(70)),
    TypeError,
    `Cannot run "${
      "y".repeat(60)
    }…": the connection is busy with another command`,
  );
  one.peer.send(COMPLETE, READY);
  await first;
  assert(await usable(one));
});

Deno.test("Session is busy for as long as a stream is", async () => {
  const one = open();
  one.peer.send(COPY_BOTH);
  const copy = await one.session.copyBoth("START_REPLICATION");
  await assertRejects(() => one.session.query("y"), TypeError, "is busy");
  one.peer.send(frame("c"), COMPLETE, READY);
  while (await copy.next((type) => type) !== null);
  assert(await usable(one));
});

Deno.test("Session.copyBoth() takes an answer without a stream", async () => {
  const one = open();
  one.peer.send(
    dataRow("2", "0/1"),
    commandComplete("SELECT 1"),
    READY,
  );
  const copy = await one.session.copyBoth("START_REPLICATION");
  while (await copy.next((type) => type) !== null);
  assertEquals(copy.results()[0]?.rows, [["2", "0/1"]]);
  assert(await usable(one));
});

Deno.test("Session does not send a command for which the signal has come", async () => {
  const one = open();
  const reason = new Error("Changed my mind");
  const signal = AbortSignal.abort(reason);
  const error = await assertRejects(() => one.session.query("x", { signal }));
  assert(error === reason);
  assertEquals(one.peer.sent(), "");
  assert(await usable(one));
});

Deno.test("Session cancels at the server, and rejects with the signal's reason", async () => {
  let cancelled = 0;
  const one = open(() => {
    cancelled++;
    one.peer.send(errorResponse("57014", "ERROR"), READY);
    return Promise.resolve();
  });
  const stop = new AbortController();
  const running = one.session.query("x", { signal: stop.signal });
  const reason = new Error("Changed my mind");
  stop.abort(reason);
  const error = await assertRejects(() => running);
  assert(error === reason);
  assertEquals(cancelled, 1);
  assert(await usable(one));
});

Deno.test("Session waits for a cancellation under way, so that it can't hit the next command", async () => {
  const passed = Promise.withResolvers<void>();
  const one = open(() => passed.promise);
  const stop = new AbortController();
  let settled = false;
  const running = one.session.query("x", { signal: stop.signal })
    .finally(() => settled = true);
  stop.abort();
  // The command was faster than the request to cancel it.
  one.peer.send(COMPLETE, READY);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(settled, false);
  await assertRejects(() => one.session.query("y"), TypeError, "is busy");
  passed.resolve();
  assertEquals((await running)[0]?.tag, "DO");
  assert(await usable(one));
});

Deno.test("Session gives the outcome of a command though its cancellation fails", async () => {
  const one = open(() => Promise.reject(new Error("No route")));
  const stop = new AbortController();
  const running = one.session.query("x", { signal: stop.signal });
  stop.abort();
  one.peer.send(COMPLETE, READY);
  assertEquals((await running)[0]?.tag, "DO");
});

Deno.test("Session.close() says goodbye between commands, and not within one", async () => {
  const idle = open();
  await idle.session.close();
  await idle.session.close();
  assertEquals(idle.peer.sent(), "X");
  assert(idle.peer.closed());
  const busy = open();
  const running = busy.session.query("x");
  const failing = assertRejects(() => running, ConnectionError);
  await busy.session.close();
  await failing;
  assertEquals(busy.peer.sent(), "Q");
});

Deno.test("Session.query() gives up a server that does not hear that it is to cancel", async () => {
  const one = open(
    () => Promise.reject(new ConnectionError("unreachable")),
    10,
  );
  const stop = new AbortController();
  const asking = one.session.query("SELECT", { signal: stop.signal });
  const reason = new Error("Enough");
  stop.abort(reason);
  assertEquals(await assertRejects(() => asking), reason);
  assert(one.peer.closed());
  await assertRejects(() => one.session.query("SELECT"), ConnectionError);
});
