import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConnectionError } from "@walbrook/walbrook";
import type { MessageBatch } from "../../../src/reassembly/message_source.ts";
import { readerOf } from "../views/reader_of.ts";
import { ChunkXLogData } from "../../../src/replication/copy_both_message.ts";
import { keepalive, lsn, notice, xLogData } from "../../helpers/messages.ts";
import { ReadAhead } from "../../../src/subscription/link/read_ahead.ts";

const LIMIT = 10_000;

const data = (at: number, length: number) =>
  xLogData(new Uint8Array(length), lsn(at));

/** A stream that is fed by hand, and counts how often it is read. */
function source(onLoss?: () => void) {
  let controller!: ReadableStreamDefaultController<MessageBatch>;
  const arrived: MessageBatch[] = [];
  const told = { pulls: 0, arrived };
  const messages = new ReadableStream<MessageBatch>({
    start: (one) => void (controller = one),
    pull: () => void told.pulls++,
  }, { highWaterMark: 0 });
  const readAhead = new ReadAhead({
    read: readerOf(messages),
    limit: LIMIT,
    onArrival: (batch) => void arrived.push(batch),
    onLoss,
  });
  return { controller, told, readAhead };
}

/** Until all that can happen by itself has happened. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("ReadAhead tells of what arrives though nobody asks for it", async () => {
  const { controller, told, readAhead } = source();
  const batches = [[data(1, 10)], [data(2, 10), keepalive(3, true)]];
  for (const batch of batches) controller.enqueue(batch);
  await settle();
  assertEquals(told.arrived, batches);
  assertEquals([await readAhead.next(), await readAhead.next()], batches);
  controller.close();
  assertEquals(await readAhead.next(), null);
  assertEquals(await readAhead.next(), null);
});

Deno.test("ReadAhead hands a batch to whoever waits before it reads on", async () => {
  const { controller, told, readAhead } = source();
  const waiting = readAhead.next();
  await settle();
  const before = told.pulls;
  controller.enqueue([data(1, 10)]);
  await waiting;
  for (let hops = 0; hops < 10; hops++) await null;
  assertEquals(told.pulls, before);
  // Back for more, or away for good: then it reads on.
  const again = readAhead.next();
  for (let hops = 0; hops < 10; hops++) await null;
  assertEquals(told.pulls, before + 1);
  controller.enqueue([data(2, 10)]);
  await again;
  while (told.pulls === before + 1) await settle();
  controller.close();
  assertEquals(await readAhead.next(), null);
});

Deno.test("ReadAhead stops reading at its limit, and goes on below it", async () => {
  const { controller, told, readAhead } = source();
  for (let at = 0; at < 20; at++) {
    await settle();
    if (told.pulls === at) break;
    controller.enqueue([data(at, 1000)]);
  }
  const read = told.arrived.length;
  assert(read >= 9 && read <= 10, `${read}`);
  // Then nobody waits for the server, however long that takes.
  assertEquals(readAhead.silentMs, null);
  await readAhead.next();
  await settle();
  assertEquals(told.pulls, read + 1);
  assert(readAhead.silentMs !== null);
  controller.close();
  await settle();
});

Deno.test("ReadAhead reads four times as far where nobody asks for a while", async () => {
  const { controller, told, readAhead } = source();
  for (let at = 0; at < 60; at++) controller.enqueue([data(at, 1000)]);
  // Of 1,100 bytes each.
  const few = Math.ceil(LIMIT / 1100);
  const many = Math.ceil(4 * LIMIT / 1100);
  const giveUp = performance.now() + 10_000;
  while (told.arrived.length < many && performance.now() < giveUp) {
    if (told.arrived.length >= few) assertEquals(readAhead.silentMs, null);
    await settle();
  }
  await settle();
  assertEquals(told.arrived.length, many);
  // Who is back has enough until then.
  while (told.arrived.length === many) await readAhead.next();
  assertEquals(told.arrived.length, many + 1);
  controller.close();
  await readAhead.drain();
});

Deno.test("ReadAhead counts what lies in a chunk, and what began in the one before", async () => {
  const { controller, told, readAhead } = source();
  const [torn, chunk] = [new Uint8Array(225), new Uint8Array(655)];
  for (let at = 0; at < 20; at++) {
    await settle();
    if (told.pulls === at) break;
    // 100 bytes for each object, 200 for what was torn, 630 from 25 on.
    controller.enqueue([
      new ChunkXLogData({ bytes: torn, start: 0, end: 225 }),
      new ChunkXLogData({ bytes: chunk, start: 0, end: 325 }),
      new ChunkXLogData({ bytes: chunk, start: 330, end: 655 }),
    ]);
  }
  assertEquals(told.arrived.length, 9);
  controller.close();
  await readAhead.drain();
});

Deno.test("ReadAhead takes a batch that is larger than its limit", async () => {
  const { controller, readAhead } = source();
  controller.enqueue([data(1, 3 * LIMIT)]);
  controller.enqueue([data(2, 3 * LIMIT)]);
  controller.close();
  for (const at of [1, 2]) {
    assertEquals((await readAhead.next())?.[0], data(at, 3 * LIMIT));
  }
  assertEquals(await readAhead.next(), null);
});

Deno.test("ReadAhead counts messages without content, too", async () => {
  const { controller, readAhead, told } = source();
  for (let i = 0; i < 1000; i++) controller.enqueue([notice()]);
  while (told.arrived.length < 100) await settle();
  await settle();
  assertEquals(told.arrived.length, 100);
  assertEquals(readAhead.silentMs, null);
  controller.close();
  await readAhead.drain();
  assertEquals(told.arrived.length, 1000);
});

Deno.test("ReadAhead keeps only the last of keepalives in a row", async () => {
  const { controller, told, readAhead } = source();
  controller.enqueue([data(1, 10), keepalive(2)]);
  for (let at = 3; at < 1000; at++) controller.enqueue([keepalive(at)]);
  controller.enqueue([notice()]);
  controller.enqueue([keepalive(1000)]);
  controller.close();
  await settle();
  assertEquals(told.arrived.length, 1000);
  const kept: MessageBatch[] = [];
  for (let batch; (batch = await readAhead.next()) !== null;) kept.push(batch);
  assertEquals(kept, [
    [data(1, 10), keepalive(2)],
    [keepalive(999)],
    [notice()],
    [keepalive(1000)],
  ]);
});

Deno.test("ReadAhead gives what came before an error, then the error or why it came", async () => {
  for (const reason of [null, new Error("No sign of life")]) {
    const { controller, readAhead } = source();
    controller.enqueue([data(1, 10)]);
    await settle();
    if (reason !== null) readAhead.fail(reason);
    const error = new ConnectionError("gone");
    controller.error(error);
    await settle();
    assertEquals(await readAhead.next(), [data(1, 10)]);
    for (const _again of [1, 2]) {
      const thrown = await assertRejects(() => readAhead.next());
      assert(thrown === (reason ?? error));
    }
  }
});

Deno.test("ReadAhead.drain() drops everything up to the end, also where it was full", async () => {
  const { controller, readAhead } = source();
  controller.enqueue([data(1, 2 * LIMIT)]);
  await settle();
  const drained = readAhead.drain();
  for (const at of [2, 3, 4]) controller.enqueue([data(at, 2 * LIMIT)]);
  controller.close();
  await drained;
  assertEquals(await readAhead.next(), null);
});

Deno.test("ReadAhead.drain() ends what waits, and takes a broken link for an end", async () => {
  const { controller, readAhead } = source();
  const waiting = assertRejects(() => readAhead.next(), ConnectionError);
  await settle();
  const drained = readAhead.drain();
  controller.error(new ConnectionError("gone"));
  await drained;
  await waiting;
});

Deno.test("ReadAhead.silentMs counts from the last byte, whole message or not", async () => {
  let receivedAt = 0;
  let end!: ReadableStreamDefaultController<MessageBatch>;
  const readAhead = new ReadAhead({
    read: readerOf(
      new ReadableStream({ start: (one) => void (end = one) }),
    ),
    receivedAt: () => receivedAt,
    onArrival: () => {},
  });
  await settle();
  const before = readAhead.silentMs ?? NaN;
  assert(before >= 0);
  receivedAt = performance.now() + 1000;
  assert((readAhead.silentMs ?? NaN) <= -900);
  end.close();
  await settle();
  assertEquals(readAhead.silentMs, null);
});

const ENDS: readonly (readonly [
  string,
  (one: ReturnType<typeof source>, error: Error) => void,
])[] = [
  ["the link breaks", ({ controller }, error) => controller.error(error)],
  ["this side leaves it", ({ readAhead }, error) => readAhead.fail(error)],
];

for (const [how, end] of ENDS) {
  Deno.test(`ReadAhead drops what nobody has asked for where ${how}, if it is told to`, async () => {
    let losses = 0;
    const feed = source(() => losses++);
    const { controller, readAhead } = feed;
    for (let at = 0; at < 3; at++) controller.enqueue([data(at, 10)]);
    await settle();
    assertEquals(await readAhead.next(), [data(0, 10)]);
    const error = new ConnectionError("It broke");
    end(feed, error);
    // What is still under way comes to nothing.
    if (how === "this side leaves it") controller.enqueue([data(3, 10)]);
    await settle();
    assertEquals([losses, readAhead.isLost], [1, true]);
    for (let times = 0; times < 2; times++) {
      assert(await assertRejects(() => readAhead.next()) === error);
    }
    if (how === "this side leaves it") controller.close();
    await settle();
    assertEquals(losses, 1);
  });
}

Deno.test("ReadAhead takes the end that was asked for, for no loss", async () => {
  let losses = 0;
  const { controller, readAhead } = source(() => losses++);
  controller.enqueue([data(1, 10)]);
  await settle();
  const drained = readAhead.drain();
  controller.close();
  await drained;
  assertEquals([losses, readAhead.isLost], [0, false]);
});
