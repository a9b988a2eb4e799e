import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { ChunkEvent, Lsn } from "@walbrook/walbrook";
import { CopyProgress } from "../../src/snapshot/progress/copy_progress.ts";
import { NOTHING_COPIED } from "../../src/snapshot/progress/snapshot_state.ts";

const BEGUN = {
  ...{ schema: "public", name: "t", run: 1, keyColumns: ["id"] },
  ...{ columns: [], attributes: 1, filter: null, fileNode: "7", where: null },
};
const MOVED = { key: "-1", texts: ["-1"], xid: 9 };

/** A copy of table 5 that has given out chunks at these positions. */
function givenOut(...positions: readonly number[]) {
  const progress = new CopyProgress(NOTHING_COPIED);
  progress.begin(5, BEGUN);
  const chunks = positions.map((position, index) => {
    const lsn = BigInt(position) as Lsn;
    const event = { kind: "chunk", lsn, index } as ChunkEvent;
    progress.track(event, {
      ...{ oid: 5, run: 1, lsn, after: [`${index}`], arrived: [] },
      ...{ rows: 10, bytes: 100, isEnd: false, hold: null },
    });
    return event;
  });
  return { progress, chunks };
}

function at(lsn: number): Lsn {
  return BigInt(lsn) as Lsn;
}

Deno.test("stateAfter() has what was delivered up to a chunk, and nothing later", () => {
  const { progress, chunks } = givenOut(10, 10, 20);
  progress.move(at(15), 5, 1, [MOVED]);
  const afters = chunks.map((chunk) => {
    const { after, again, rows } = progress.stateAfter(chunk.lsn, chunk)
      .tables[5]!;
    return [after?.[0], again.length, rows];
  });
  assertEquals(afters, [["0", 0, 10], ["1", 0, 20], ["2", 1, 30]]);
  // Nothing is acknowledged by that.
  assertEquals(progress.stateAt(at(99)).tables[5]!.after, null);
});

Deno.test("stateAfter() of a transaction has the chunks before it, and what it moved", () => {
  const { progress } = givenOut(10, 15);
  progress.move(at(15), 5, 1, [MOVED]);
  const { after, again } = progress.stateAfter(at(15), null).tables[5]!;
  // The second chunk stands where the transaction ends: behind it.
  assertEquals([after, again], [["0"], [[["-1"], 9]]]);
});

Deno.test("stateAfter() leaves out chunks of a copy that was begun again", () => {
  const { progress, chunks } = givenOut(10);
  progress.begin(5, { ...BEGUN, run: 2 });
  const { after, run } = progress.stateAfter(at(10), chunks[0]!).tables[5]!;
  assertEquals([after, run], [null, 2]);
});

Deno.test("stateAfter() is the same object where nothing is new", () => {
  const { progress, chunks } = givenOut(10);
  progress.acknowledge(chunks[0]!);
  const state = progress.stateAt(at(20));
  assertStrictEquals(progress.stateAfter(at(30), null), state);
});

Deno.test("stateAt() counts a chunk from its position on, once it and all before it are acknowledged", () => {
  const { progress, chunks } = givenOut(10, 10, 20);
  const rowsAt = (lsn: number) => progress.stateAt(at(lsn)).tables[5]!.rows;
  assert(progress.acknowledge(chunks[1]!));
  assertEquals([rowsAt(99), progress.pending], [0, 2]);
  assert(progress.acknowledge(chunks[0]!));
  assertEquals(progress.acknowledge(chunks[0]!), false);
  assertEquals(rowsAt(9), 0);
  assertEquals(rowsAt(10), 20);
  assert(progress.acknowledge(chunks[2]!));
  assertEquals([rowsAt(19), progress.pending], [20, 0]);
  assertEquals(rowsAt(20), 30);
});

Deno.test("stateAt() lists moved rows until a chunk has read their present state", () => {
  const { progress } = givenOut();
  const again = () =>
    progress.stateAt(at(99)).tables[5]!.again.map(([, xid]) => xid);
  progress.move(at(15), 5, 1, [MOVED]);
  assertEquals(progress.stateAt(at(14)).tables[5]!.again, []);
  assertEquals(again(), [9]);
  const settle = (index: number, xid: number) => {
    const event = { kind: "chunk", lsn: at(20), index } as ChunkEvent;
    progress.track(event, {
      ...{ oid: 5, run: 1, lsn: at(20), after: ["0"] },
      arrived: [{ ...MOVED, xid }],
      ...{ rows: 1, bytes: 1, isEnd: false, hold: null },
    });
    progress.acknowledge(event);
  };
  // The row has moved a second time since it was read.
  settle(0, 8);
  assertEquals(again(), [9]);
  settle(1, 9);
  assertEquals(again(), []);
});

Deno.test("stateAt() lists a table as done after its last chunk, for later runs too", () => {
  const { progress } = givenOut();
  const event = { kind: "chunk", lsn: at(20), index: 0 } as ChunkEvent;
  progress.track(event, {
    ...{ oid: 5, run: 1, lsn: at(20), after: ["0"], arrived: [] },
    ...{ rows: 1, bytes: 1, isEnd: true, hold: null },
  });
  progress.acknowledge(event);
  const state = progress.stateAt(at(20));
  assertEquals([state.done, state.tables], [[5], {}]);
  assert(new CopyProgress(state).isDone(5));
});
