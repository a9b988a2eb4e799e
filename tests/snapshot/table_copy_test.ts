import { assert, assertEquals } from "@std/assert";
import type { Lsn, ReplicationEvent } from "@walbrook/walbrook";
import type { XLogData } from "../../src/replication/copy_both_message.ts";
import { ChangeLog } from "../../src/snapshot/reconcile/change_log.ts";
import { parseSnapshot } from "../../src/snapshot/reconcile/visibility.ts";
import type { Chunk } from "../../src/snapshot/read/chunk.ts";
import type { PublishedTable } from "../../src/snapshot/read/published_table.ts";
import type { TableProgress } from "../../src/snapshot/progress/snapshot_state.ts";
import { TableCopy } from "../../src/snapshot/tables/table_copy.ts";

const TRUNCATION = { kind: "truncate" } as ReplicationEvent;
const MESSAGE = {} as XLogData;
/** What is remembered at the most, of changes and of transactions. */
const MOST = 100_000;

function newCopy(
  isWhole: boolean,
  resumed: Partial<TableProgress> | null = null,
): TableCopy {
  const table = { oid: 5, key: [] } as unknown as PublishedTable;
  const progress = resumed as TableProgress | null;
  const reason = progress === null ? "initial" : "resumed";
  return new TableCopy(table, {
    ...{ reason, run: 1, where: null, progress, isWhole },
    textsOf: () => null,
  });
}

Deno.test("ChangeLog remembers of a large transaction that there was one", () => {
  const log = new ChangeLog();
  const change = { oldKey: "1", newKey: "1", row: null };
  for (let i = 0; i < MOST; i++) log.push(change);
  log.commit(7, 1n as Lsn);
  log.push(change);
  log.commit(8, 2n as Lsn);
  for (let i = 0; i < 20 * MOST; i++) log.push(change);
  log.commit(9, 3n as Lsn);
  const kept = log.invisibleTo(parseSnapshot("5:5:"));
  assertEquals(
    kept.map(({ xid, changes }) => [xid, changes?.length]),
    [[7, MOST], [8, undefined], [9, undefined]],
  );
  // There is room again once the first is seen.
  log.prune(parseSnapshot("8:8:"));
  log.push(change);
  log.commit(10, 4n as Lsn);
  assertEquals(log.invisibleTo(parseSnapshot("5:5:")).at(-1)?.changes, [
    change,
  ]);
});

Deno.test("TableCopy has all transactions waited for where they are too many to remember", () => {
  const copy = newCopy(false);
  copy.accept(
    { keys: null, lastKey: ["9"], isLast: false } as unknown as Chunk,
    1n as Lsn,
  );
  const commit = (xid: number) => {
    copy.observe(MESSAGE, TRUNCATION);
    copy.commit(xid, BigInt(xid) as Lsn);
  };
  for (let xid = 1; xid <= MOST; xid++) commit(xid);
  assertEquals([copy.log.length, copy.guardEpoch], [MOST, 0]);
  assertEquals(copy.waiting.length, 1);
  commit(MOST + 1);
  assertEquals([copy.log.length, copy.guardEpoch], [0, 1]);
  // What was read may not see them.
  assertEquals(copy.waiting.length, 0);
  assertEquals(copy.nextRead(), { kind: "after", key: null });
});

Deno.test("TableCopy has all transactions waited for where too many were left out", () => {
  const copy = newCopy(true);
  copy.isReady = true;
  for (let xid = 1; xid <= MOST; xid++) copy.leaveOut(xid);
  assert(copy.isReady);
  assertEquals(copy.leftOut.size, MOST);
  copy.see(parseSnapshot("11:11:"));
  assertEquals(copy.leftOut.size, MOST - 10);
  for (let xid = 1; xid <= 11; xid++) copy.leaveOut(xid + MOST);
  assertEquals([copy.leftOut.size, copy.guardEpoch, copy.isReady], [
    ...[0, 1, false],
  ]);
});

function chunkOf(fields: Partial<Chunk> = {}): Chunk {
  return {
    ...{ keys: null, lastKey: ["9"], isLast: false, rows: { size: 10 } },
    snapshot: parseSnapshot("10:12:10"),
    ...fields,
  } as unknown as Chunk;
}

function moved(key: string, xid: number) {
  return { key, texts: [key], xid };
}

Deno.test("ChangeLog.resume() keeps changes that are not sent again, prune() those that a snapshot does not see", () => {
  const log = new ChangeLog();
  const change = { oldKey: "1", newKey: "1", row: null };
  for (const xid of [7, 8, 9]) {
    log.push(change);
    log.commit(xid, BigInt(10 * xid) as Lsn);
  }
  log.push(change);
  log.resume(80n as Lsn);
  const xids = (text: string) =>
    log.invisibleTo(parseSnapshot(text)).map(({ xid }) => xid);
  // The third transaction is sent again, and so is the one that had begun.
  assertEquals(xids("5:5:"), [7, 8]);
  log.commit(10, 100n as Lsn);
  assertEquals(xids("5:5:"), [7, 8]);
  assertEquals(xids("5:9:7"), [7]);
  log.prune(parseSnapshot("8:8:"));
  assertEquals(xids("5:5:"), [8]);
});

Deno.test("TableCopy reads two chunks ahead, and then waits", () => {
  const copy = newCopy(false);
  copy.accept(chunkOf(), 1n as Lsn);
  assertEquals(copy.nextRead(), { kind: "after", key: ["9"] });
  copy.accept(chunkOf({ lastKey: ["19"] }), 1n as Lsn);
  assertEquals(copy.nextRead(), null);
  // The chunk that is being delivered counts as one of the two.
  const first = copy.take()!;
  assertEquals(copy.nextRead(), null);
  assert(copy.give(first, 3));
  assertEquals(copy.nextRead(), { kind: "after", key: ["19"] });
  assertEquals([copy.rows, copy.bytes, copy.after], [3, 10, ["9"]]);
});

Deno.test("TableCopy.discard() continues after the chunk that is being delivered", () => {
  const copy = newCopy(false);
  for (const key of ["9", "19"]) {
    copy.accept(chunkOf({ lastKey: [key] }), 1n as Lsn);
  }
  copy.take();
  copy.resume(1n as Lsn);
  assertEquals(copy.waiting, []);
  assertEquals(copy.nextRead(), { kind: "after", key: ["9"] });
});

Deno.test("TableCopy.give() does not count a chunk of a copy that has begun again", () => {
  const copy = newCopy(false);
  copy.accept(chunkOf(), 1n as Lsn);
  const giving = copy.take()!;
  copy.restart("rewritten", 2, true);
  assertEquals(copy.give(giving, 3), false);
  assertEquals([copy.rows, copy.after], [0, null]);
  assertEquals(copy.nextRead(), { kind: "after", key: null });
  // A chunk from before the next restart does not keep its place either.
  copy.accept(chunkOf(), 1n as Lsn);
  assert(copy.give(copy.take()!, 1));
  copy.restart("rewritten", 3, true);
  assertEquals(copy.nextRead(), { kind: "after", key: null });
});

Deno.test("TableCopy keeps its reason if it begins again before its first event", () => {
  const copy = newCopy(false);
  copy.accept(chunkOf(), 1n as Lsn);
  copy.restart("rewritten", 2, false);
  assertEquals(copy.reason, "initial");
  copy.restart("requested", 3, false);
  assertEquals(copy.reason, "requested");
  copy.isAnnounced = true;
  copy.restart("truncated", 4, true);
  assertEquals(copy.reason, "truncated");
  copy.restart("rewritten", 5, false);
  assertEquals(copy.reason, "truncated");
});

Deno.test("TableCopy that is resumed, and begins again before its first event, gives the new reason", () => {
  const copy = newCopy(false, { after: ["9"], rows: 3 });
  copy.restart("rewritten", 2, false);
  assertEquals([copy.reason, copy.after], ["rewritten", null]);
});

Deno.test("TableCopy reads moved rows once the range is read, or once there are many of them", () => {
  const copy = newCopy(false);
  copy.move([moved("3", 11)]);
  assertEquals(copy.nextRead(), { kind: "after", key: null });
  copy.accept(chunkOf({ isLast: true }), 1n as Lsn);
  assertEquals(copy.nextRead(), null);
  copy.give(copy.take()!, 1);
  assertEquals(copy.nextRead(), {
    kind: "keys",
    keys: new Map([["3", ["3"]]]),
  });
  const many = newCopy(false);
  many.move(Array.from({ length: 201 }, (_, i) => moved(`${i}`, 11)));
  const next = many.nextRead();
  assert(next?.kind === "keys");
  assertEquals(next.keys.size, 200);
});

Deno.test("TableCopy.seesMoverOf() waits for a transaction that moved a row", () => {
  const copy = newCopy(false);
  copy.move([moved("3", 10), moved("4", 11)]);
  const keys = (...keys: string[]) => copy.seesMoverOf(chunkOf({ keys }));
  // In the chunk's snapshot, transaction 10 is in progress and 11 is not.
  assertEquals([keys("3"), keys("4"), keys("3", "4")], [false, true, true]);
  // It was read again in the meantime.
  assertEquals(keys("5"), true);
});
