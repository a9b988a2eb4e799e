import { assertEquals } from "@std/assert";
import type { Lsn, ReplicationEvent } from "@walbrook/walbrook";
import type { XLogData } from "../../src/replication/copy_both_message.ts";
import { CopyProgress } from "../../src/snapshot/progress/copy_progress.ts";
import { NOTHING_COPIED } from "../../src/snapshot/progress/snapshot_state.ts";
import type { PublishedTable } from "../../src/snapshot/read/published_table.ts";
import { parseSnapshot } from "../../src/snapshot/reconcile/visibility.ts";
import { CopyTables } from "../../src/snapshot/tables/copy_tables.ts";

const MESSAGE = {} as XLogData;
const TRUNCATION = {
  kind: "truncate",
  relations: [],
} as unknown as ReplicationEvent;

function publishedTable(oid: number): PublishedTable {
  const facts = { schema: "public", name: `t${oid}`, key: [], columns: [] };
  return {
    ...{ ...facts, oid, estimatedBytes: 0, isPartitioned: false },
  } as unknown as PublishedTable;
}

Deno.test("CopyTables keeps changes of waiting tables only while a later chunk may not see them", () => {
  const tables = new CopyTables(new CopyProgress(NOTHING_COPIED), {
    ...{ always: false, first: false, chosen: null },
    textsOf: () => null,
    onChange: () => {},
    onProgress: () => {},
  });
  tables.discover([1, 2, 3].map(publishedTable));
  const taken = tables.nextEmpty(3);
  assertEquals(taken.length, 3);
  // One is empty, and two are put back.
  tables.putBack(taken.slice(1));
  const change = (xid: number) => {
    for (const copy of taken) {
      copy.observe(MESSAGE, TRUNCATION);
      copy.log.commit(xid, BigInt(xid) as Lsn);
    }
  };
  change(7);
  change(9);
  tables.see(parseSnapshot("8:8:"));
  // A chunk that has been read already may not see the first one, either.
  assertEquals(taken.map(({ log }) => log.length), [2, 1, 1]);
  assertEquals(tables.next(), taken[1]);
  tables.see(parseSnapshot("10:10:"));
  assertEquals(taken.map(({ log }) => log.length), [2, 1, 0]);
});
