import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ShutdownMonitor } from "../../src/feedback/shutdown_monitor.ts";

const LOOK_MS = 500;

/** A monitor of a server that is shutting down, or not, and what it did. */
function watch(time: FakeTime) {
  const did: string[] = [];
  const server = { sendLagMs: 0, isShuttingDown: false };
  const monitor = new ShutdownMonitor({
    requestReply: () => {
      did.push("request");
      monitor.markRequest();
    },
    sendLagMs: () => server.sendLagMs,
    isShuttingDown: () => {
      did.push("ask");
      return Promise.resolve(server.isShuttingDown);
    },
    onShutdown: () => void did.push("shutdown"),
    now: () => time.now,
  });
  return { did, server, monitor };
}

/** Lets a look take place, and what follows from it. */
async function look(time: FakeTime): Promise<void> {
  time.tick(LOOK_MS);
  for (let turn = 0; turn < 10; turn++) await null;
}

Deno.test("ShutdownMonitor leaves an idle link alone once it has answered", async () => {
  using time = new FakeTime();
  const { did, monitor } = watch(time);
  await look(time);
  monitor.markReply();
  for (let looks = 0; looks < 10; looks++) await look(time);
  assertEquals(did, ["request"]);
  await monitor.stop();
});

Deno.test("ShutdownMonitor runs no timer while a link is idle, and one again for new data", async () => {
  using time = new FakeTime();
  let looks = 0;
  const monitor = new ShutdownMonitor({
    requestReply: () => {},
    sendLagMs: () => 0,
    isShuttingDown: () => Promise.resolve(false),
    onShutdown: () => {},
    now: () => (looks++, time.now),
  });
  await look(time);
  assertEquals(looks, 1);
  for (let round = 0; round < 10; round++) await look(time);
  assertEquals(looks, 1);
  monitor.markData();
  monitor.markData();
  for (let round = 0; round < 10; round++) await look(time);
  assertEquals(looks, 2);
  await monitor.stop();
  monitor.markData();
  await look(time);
  assertEquals(looks, 2);
});

Deno.test("ShutdownMonitor asks about a link that was full before anyone looked", async () => {
  using time = new FakeTime();
  const { did, server, monitor } = watch(time);
  server.isShuttingDown = true;
  await look(time);
  await look(time);
  assertEquals(did, ["request", "ask", "shutdown"]);
  await monitor.stop();
});

Deno.test("ShutdownMonitor asks nobody while replies come at once", async () => {
  using time = new FakeTime();
  const { did, monitor } = watch(time);
  for (let looks = 0; looks < 10; looks++) {
    monitor.markData();
    await look(time);
    monitor.markReply();
  }
  assertEquals(new Set(did), new Set(["request"]));
  await monitor.stop();
});

Deno.test("ShutdownMonitor asks once a second while a reply is late, and tells of a shutdown", async () => {
  using time = new FakeTime();
  const { did, server, monitor } = watch(time);
  monitor.markData();
  await look(time);
  for (let looks = 0; looks < 4; looks++) await look(time);
  assertEquals(did, ["request", "ask", "ask"]);
  server.isShuttingDown = true;
  await look(time);
  assertEquals(did, ["request", "ask", "ask", "ask", "shutdown"]);
  // A reply that comes after all ends it.
  monitor.markReply();
  for (let looks = 0; looks < 4; looks++) await look(time);
  assertEquals(did.length, 5);
  await monitor.stop();
});

Deno.test("ShutdownMonitor tells a late reply from an early one where several are due", async () => {
  using time = new FakeTime();
  const { did, monitor } = watch(time);
  // A stream with `until` asks ten times a second; each reply is three seconds late.
  for (let at = 0; at < 50; at++) {
    monitor.markRequest();
    if (at >= 30) monitor.markReply();
    time.tick(100);
    await null;
  }
  assertEquals(did.filter((what) => what === "ask").length, 5);
  assertEquals(did.includes("request"), false);
  await monitor.stop();
});

Deno.test("ShutdownMonitor asks where replies come at once and the server sends what is old", async () => {
  using time = new FakeTime();
  const { did, server, monitor } = watch(time);
  await look(time);
  monitor.markReply();
  server.sendLagMs = 10_000;
  server.isShuttingDown = true;
  const asks = () => did.filter((what) => what === "ask").length;
  // What came once, and is old, says nothing about the present.
  await look(time);
  assertEquals(asks(), 0);
  for (const [lag, asked] of [[10_000, 1], [100, 1], [100, 1]] as const) {
    server.sendLagMs = lag;
    monitor.markData();
    await look(time);
    monitor.markReply();
    assertEquals(asks(), asked);
  }
  assertEquals(did.includes("shutdown"), true);
  await monitor.stop();
});

Deno.test("ShutdownMonitor takes a failed question for no answer, and stops with its owner", async () => {
  using time = new FakeTime();
  const asked: AbortSignal[] = [];
  const monitor = new ShutdownMonitor({
    requestReply: () => {},
    sendLagMs: () => 10_000,
    isShuttingDown: (signal) => {
      asked.push(signal);
      if (asked.length === 1) return Promise.reject(new Error("refused"));
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    },
    onShutdown: () => {
      throw new Error("It is not known to shut down");
    },
    now: () => time.now,
  });
  for (let looks = 0; looks < 6; looks++) {
    monitor.markData();
    await look(time);
  }
  // One question at a time, though the second has no answer.
  assertEquals(asked.length, 2);
  await monitor.stop();
  assertEquals(asked[1]?.aborted, true);
});

Deno.test("an answer that comes after ShutdownMonitor.stop() has no effect", async () => {
  using time = new FakeTime();
  const answer = Promise.withResolvers<boolean>();
  const did: string[] = [];
  const monitor = new ShutdownMonitor({
    requestReply: () => {},
    sendLagMs: () => 10_000,
    isShuttingDown: () => (did.push("ask"), answer.promise),
    onShutdown: () => void did.push("shutdown"),
    now: () => time.now,
  });
  await look(time);
  const stopped = monitor.stop();
  answer.resolve(true);
  await stopped;
  assertEquals(did, ["ask"]);
});
