import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConnectionError } from "../../src/errors.ts";
import type { Lsn } from "../../src/lsn.ts";
import type { ReplicationConnection } from "../../src/replication/replication_connection.ts";
import { WalStream } from "../../src/wal/wal_stream.ts";

const SEGMENT = 1024 * 1024;

// A server whose first timeline ends in the middle of a segment.
function twoTimelines(reports: Lsn[]): ReplicationConnection {
  let timeline = 0;
  const connection = {
    timelineHistory: () => Promise.resolve({ fileName: "", content: "" }),
    startReplication: ({ start }: { start: Lsn }) => {
      timeline++;
      const message = {
        kind: "XLogData",
        walStart: start,
        data: new Uint8Array(100),
      };
      return Promise.resolve({
        readable: ReadableStream.from([[message]]),
        nextTimeline: () =>
          timeline === 1 ? { timeline: 2, start: start + 100n as Lsn } : null,
        sendStatusUpdate: ({ flush }: { flush: Lsn }) => {
          reports.push(flush);
          return Promise.resolve();
        },
        stop: () => Promise.resolve(),
      });
    },
  };
  return connection as unknown as ReplicationConnection;
}

Deno.test("WalStream.acknowledge() takes the end of a timeline after the next has begun", async () => {
  const reports: Lsn[] = [];
  await using wal = new WalStream({
    connection: twoTimelines(reports),
    slot: "s",
    start: BigInt(SEGMENT) as Lsn,
    timeline: 1,
    segmentSize: SEGMENT,
    walSenderTimeoutMs: 0,
    statusIntervalMs: 60_000,
  });
  const reader = wal.readable.getReader();
  const kinds: unknown[] = [];
  for (let i = 0; i < 3; i++) kinds.push((await reader.read()).value?.kind);
  assertEquals(kinds, ["timeline", "bytes", "timeline"]);
  const end = BigInt(SEGMENT) + 100n as Lsn;
  wal.acknowledge(end);
  assertThrows(() => wal.acknowledge(end + 1n as Lsn), RangeError);
  await wal.close();
  assertEquals(reports.at(-1), end);
});

Deno.test("WalStream.close() closes a connection that has fallen silent", async () => {
  const closed = Promise.withResolvers<never>();
  const stream = {
    readable: new ReadableStream({ pull: () => closed.promise }),
    sendStatusUpdate: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  const connection = {
    startReplication: () => Promise.resolve(stream),
    close: () => Promise.resolve(closed.reject(new Error("closed"))),
  };
  const wal = new WalStream({
    connection: connection as unknown as ReplicationConnection,
    slot: undefined,
    start: 0n as Lsn,
    timeline: 1,
    segmentSize: SEGMENT,
    walSenderTimeoutMs: 0,
    statusIntervalMs: 60_000,
    closeDeadlineMs: 10,
  });
  const reader = wal.readable.getReader();
  await reader.read();
  const next = reader.read();
  await wal.close();
  assertEquals((await next).done, true);
});

Deno.test("WalStream leaves a link that stays silent, though it was asked, and no other", async () => {
  const closed = Promise.withResolvers<never>();
  const asked = Promise.withResolvers<void>();
  const stream = {
    receivedAt: 0,
    readable: new ReadableStream({ pull: () => closed.promise }),
    sendStatusUpdate: (update: { replyRequested: boolean }) => {
      if (update.replyRequested) asked.resolve();
      return Promise.resolve();
    },
  };
  let isClosed = false;
  const connection = {
    startReplication: () => Promise.resolve(stream),
    close: () => {
      isClosed = true;
      return Promise.resolve(closed.reject(new Error("closed")));
    },
  };
  const wal = new WalStream({
    connection: connection as unknown as ReplicationConnection,
    slot: undefined,
    start: 0n as Lsn,
    timeline: 1,
    segmentSize: SEGMENT,
    walSenderTimeoutMs: 60,
    statusIntervalMs: 60_000,
  });
  const reader = wal.readable.getReader();
  await reader.read();
  // Nobody waits for anything.
  await new Promise((resolve) => setTimeout(resolve, 200));
  assertEquals(isClosed, false);
  await assertRejects(
    () => reader.read(),
    ConnectionError,
    "The server has sent nothing",
  );
  await asked.promise;
});
