import { assert, assertEquals } from "@std/assert";
import type { Lsn, ReplicationEvent } from "@walbrook/walbrook";
import type { XLogData } from "../../src/replication/copy_both_message.ts";
import { ChangeLog } from "../../src/snapshot/meet/change_log.ts";
import { parseSnapshot } from "../../src/snapshot/meet/visibility.ts";
import type { Chunk } from "../../src/snapshot/read/chunk.ts";
import type { PublishedTable } from "../../src/snapshot/read/published_table.ts";
import { TableCopy } from "../../src/snapshot/tables/table_copy.ts";

const TRUNCATION = { kind: "truncate" } as ReplicationEvent;
const MESSAGE = {} as XLogData;
/** What is remembered at the most, of changes and of transactions. */
const MOST = 100_000;

function newCopy(isWhole: boolean): TableCopy {
  const table = { oid: 5, key: [] } as unknown as PublishedTable;
  return new TableCopy(table, {
    ...{ reason: "initial", run: 1, where: null, progress: null, isWhole },
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
