import { assert, assertEquals, assertRejects } from "@std/assert";
import { toLsn, type UnixMicros } from "@walbrook/walbrook";
import type { XLogData } from "@walbrook/walbrook/replication";
import { ChunkPool } from "../../src/reassembly/chunk_pool.ts";
import { SpillableLog } from "../../src/reassembly/spillable_log.ts";
import { ChunkXLogData } from "../../src/replication/copy_both_message.ts";
import { MemoryFiles } from "./memory_files.ts";
import { lsn, xLogData } from "../helpers/messages.ts";

const MEBIBYTE = 2 ** 20;

const SENT = 1n as UnixMicros;

/** A message of which each byte is `fill`, and its position too. */
function messageOf(size: number, fill: number): XLogData {
  return xLogData(new Uint8Array(size).fill(fill), lsn(fill));
}

function append(log: SpillableLog, size: number, fill: number): void {
  log.append(messageOf(size, fill), 0);
}

/** Each message as its first byte and its length. */
async function contentOf(log: SpillableLog): Promise<[number, number][]> {
  const content: [number, number][] = [];
  for await (const batch of log.read(SENT)) {
    for (const { data, walStart, walEnd, sendTime } of batch) {
      assert(data.every((byte) => byte === data[0]));
      assertEquals(walStart, BigInt(data[0] ?? 0));
      assertEquals([walEnd, sendTime], [walStart, SENT]);
      content.push([data[0] ?? 0, data.length]);
    }
  }
  return content;
}

Deno.test("SpillableLog reads back what was written, from file and memory, of any size", async () => {
  const files = new MemoryFiles();
  const log = new SpillableLog(new ChunkPool());
  const sizes = [1, 5, 3 * MEBIBYTE, 70_000, 1, 2 * MEBIBYTE, 100];
  for (const [at, size] of sizes.entries()) {
    append(log, size, at + 1);
    if (at === 2 || at === 4) {
      await log.spill(files.openTemporaryFile);
      assertEquals(log.memory, 0);
    }
  }
  assertEquals(
    await contentOf(log),
    sizes.map((size, at): [number, number] => [at + 1, size]),
  );
  assertEquals(log.memory, 0);
  await log.close();
  assertEquals([files.made, files.open], [1, 0]);
});

Deno.test("SpillableLog goes on where it was cut off, in file and memory", async () => {
  const files = new MemoryFiles();
  for (const spillAt of [0, 1, 2, 3, 4]) {
    for (const cutAt of [0, 1, 2, 3]) {
      const log = new SpillableLog(new ChunkPool());
      const starts: number[] = [];
      for (let at = 0; at < 4; at++) {
        if (at === spillAt) await log.spill(files.openTemporaryFile);
        starts.push(log.length);
        append(log, 30_000, at + 1);
      }
      if (spillAt === 4) await log.spill(files.openTemporaryFile);
      log.truncate(starts[cutAt] ?? 0);
      assertEquals(log.length, starts[cutAt]);
      append(log, 7, 9);
      const expected = [1, 2, 3].slice(0, cutAt)
        .map((fill): [number, number] => [fill, 30_000]);
      assertEquals(await contentOf(log), [...expected, [9, 7]]);
      await log.close();
    }
  }
  assertEquals(files.open, 0);
});

Deno.test("SpillableLog keeps the position of a message that lies in a chunk", async () => {
  // Behind an XLogData's header: an Insert with an xid, which is left out.
  const bytes = new Uint8Array([
    119,
    ...new Array(24).fill(0),
    73,
    1,
    2,
    3,
    4,
    5,
  ]);
  new DataView(bytes.buffer).setBigUint64(1, 0x0102_0304_8506_0708n);
  const log = new SpillableLog(new ChunkPool());
  log.append(new ChunkXLogData({ bytes, start: 0, end: bytes.length }), 4);
  const [batch] = await Array.fromAsync(log.read(SENT));
  assertEquals(batch?.map(({ walStart }) => walStart), [
    toLsn(0x0102_0304_8506_0708n),
  ]);
  assertEquals([...batch?.[0]?.data ?? []], [73, 5]);
  await log.close();
});

Deno.test("SpillableLog keeps a large message in its own buffer, and reads it back as any other", async () => {
  const files = new MemoryFiles();
  for (const xidLength of [0, 4]) {
    for (const spills of [false, true]) {
      for (const cut of [false, true]) {
        const log = new SpillableLog(new ChunkPool());
        append(log, 9, 1);
        const start = log.length;
        // As a frame comes: its header, that of an XLogData, type, xid, the rest.
        const bytes = new Uint8Array(30 + 1 + xidLength + MEBIBYTE).fill(7);
        bytes[30] = 7;
        bytes.fill(99, 31, 31 + xidLength);
        new DataView(bytes.buffer).setBigUint64(6, 7n);
        const place = { bytes, start: 5, end: bytes.length };
        log.append(new ChunkXLogData(place), xidLength);
        assert(log.memory < bytes.length + 2 ** 16, `${log.memory}`);
        if (spills) await log.spill(files.openTemporaryFile);
        if (cut) log.truncate(start);
        append(log, 5, 2);
        const large = [7, 1 + MEBIBYTE];
        assertEquals<unknown>(await contentOf(log), [
          [1, 9],
          ...cut ? [] : [large],
          [2, 5],
        ]);
        await log.close();
      }
    }
  }
  assertEquals(files.open, 0);
});

Deno.test("SpillableLog copies a large message that shares its buffer", async () => {
  const bytes = new Uint8Array(31 + 2 * MEBIBYTE).fill(7);
  new DataView(bytes.buffer).setBigUint64(6, 7n);
  const log = new SpillableLog(new ChunkPool());
  log.append(
    new ChunkXLogData({ bytes, start: 5, end: bytes.length - 1 }),
    0,
  );
  bytes.fill(1);
  assertEquals(await contentOf(log), [[7, 2 * MEBIBYTE]]);
  await log.close();
});

Deno.test("SpillableLog says what to do where a file can't be had or written", async () => {
  const full = new Error("No space left on device");
  const fails = () => Promise.reject(full);
  for (
    const open of [
      fails,
      () =>
        Promise.resolve({
          ...{ write: fails, read: fails },
          close: () => Promise.resolve(),
        }),
    ]
  ) {
    const log = new SpillableLog(new ChunkPool());
    append(log, 1, 1);
    const error = await assertRejects(() => log.spill(open), Error);
    assert(error.message.includes("No space left on device; make room"));
    assertEquals(error.cause, full);
    await log.close();
  }
});

Deno.test("SpillableLog closes a file that is opened too late", async () => {
  const files = new MemoryFiles();
  const log = new SpillableLog(new ChunkPool());
  append(log, 1, 1);
  const spilling = log.spill(files.openTemporaryFile);
  await log.close();
  await spilling;
  assertEquals([files.made, files.open], [1, 0]);
});

Deno.test("SpillableLog lets timers have their turn while memory is read", async () => {
  const log = new SpillableLog(new ChunkPool());
  for (let at = 0; at < 4; at++) append(log, 30_000, at + 1);
  let fired = false;
  const timer = setTimeout(() => fired = true, 0);
  let batches = 0;
  for await (const _ of log.read(SENT)) {
    batches++;
    const end = performance.now() + 30;
    while (performance.now() < end);
  }
  clearTimeout(timer);
  assertEquals([batches, fired], [4, true]);
  await log.close();
});
