import { assertEquals } from "@std/assert";
import type {
  ReplicationEvent,
  TransactionInfo,
  UnixMicros,
} from "@walbrook/walbrook";
import type { Gap } from "@walbrook/walbrook/subscription";
import { RedeliveryFilter } from "../../src/subscription/redelivery_filter.ts";
import { gapEvent } from "../../src/subscription/link/gaps.ts";
import { lsn } from "../helpers/messages.ts";

/** A transaction of so many changes, which commits at this position. */
function whole(commit: number, changes: number): ReplicationEvent[] {
  const transaction: TransactionInfo = {
    ...{ xid: commit, origin: null, commitTime: 0n as UnixMicros },
    commitLsn: lsn(commit),
  };
  return [
    { kind: "begin", table: null, transaction, index: 0 },
    ...Array.from({ length: changes }, (_, index): ReplicationEvent => ({
      ...{ kind: "message", transaction, index, prefix: "p", lsn: lsn(commit) },
      ...{ table: null, content: new Uint8Array(0) },
    })),
    {
      ...{ kind: "commit", table: null, transaction, index: changes },
      endLsn: lsn(commit + 8),
    },
  ];
}

const OPEN: Gap = {
  ...{ reason: "publicationMissing", message: "m", to: null },
  from: lsn(18),
};
const CLOSED: Gap = { ...OPEN, reason: "startPassed", to: lsn(90) };

Deno.test("RedeliveryFilter drops what came over another connection, at any cut", () => {
  const stream = [...whole(10, 2), ...whole(30, 3), ...whole(50, 1)];
  for (let cut = 0; cut <= stream.length; cut++) {
    for (let size = 1; size <= stream.length; size++) {
      const cursor = new RedeliveryFilter();
      const given = [...cursor.dropDelivered(stream.slice(0, cut))];
      for (let at = 0; at < stream.length; at += size) {
        given.push(...cursor.dropDelivered(stream.slice(at, at + size)));
      }
      assertEquals(given, stream);
    }
  }
});

Deno.test("RedeliveryFilter gives again what it is told to take back, at any cut", () => {
  const stream = [...whole(10, 2), ...whole(30, 3), ...whole(50, 1)];
  for (let cut = 0; cut <= stream.length; cut++) {
    for (let count = 0; count <= cut; count++) {
      const cursor = new RedeliveryFilter();
      const given = [...cursor.dropDelivered(stream.slice(0, cut))];
      cursor.takeBack(count);
      given.splice(cut - count);
      cursor.resume(lsn(1));
      given.push(...cursor.dropDelivered(stream));
      assertEquals(given, stream, `${count} of ${cut}`);
    }
  }
});

Deno.test("RedeliveryFilter takes back no more than it has given last", () => {
  const [first, second] = [whole(10, 1), whole(30, 1)];
  const cursor = new RedeliveryFilter();
  cursor.dropDelivered(first);
  cursor.dropDelivered(second);
  cursor.takeBack(second.length);
  assertEquals(cursor.dropDelivered([...first, ...second]), second);
  // And nothing of what a new connection has begun with.
  cursor.resume(lsn(1));
  cursor.takeBack(2);
  assertEquals(cursor.dropDelivered(second), []);
});

Deno.test("RedeliveryFilter takes back nothing that has reached the consumer", () => {
  const stream = whole(10, 2);
  const cursor = new RedeliveryFilter();
  cursor.dropDelivered(stream);
  cursor.notePassed();
  cursor.takeBack(stream.length);
  assertEquals(cursor.dropDelivered(stream), []);
});

Deno.test("RedeliveryFilter gives the description of a table once, though the link breaks right behind it", () => {
  const [begin, ...rest] = whole(30, 3);
  const transaction = begin!.transaction!;
  const described = (oid: number, index: number): ReplicationEvent => ({
    ...{ kind: "relation", transaction, index, previous: null, changes: [] },
    table: `public.t${oid}`,
    relation: {
      ...{ oid, schema: "public", name: `t${oid}`, columns: [] },
      replicaIdentity: "default",
      primaryKey: null,
    },
  });
  const stream = [
    ...[...whole(10, 1), begin!, described(1, 0), described(2, 0)],
    ...[rest[0]!, described(2, 1), rest[1]!, described(1, 2), described(2, 2)],
    ...rest.slice(2),
  ];
  for (let cut = 0; cut <= stream.length; cut++) {
    const cursor = new RedeliveryFilter();
    const given = [...cursor.dropDelivered(stream.slice(0, cut))];
    given.push(...cursor.dropDelivered(stream));
    assertEquals(given, stream, `cut behind ${cut}`);
  }
});

Deno.test("RedeliveryFilter gives an open gap once, wherever it stands and the link breaks", () => {
  for (let place = 0; place <= 9; place++) {
    const stream = [...whole(10, 2), ...whole(30, 3)];
    // Up to where its place lies, the server has sent everything.
    const from = place < 4 ? 5 : place === 4 ? 18 : place < 9 ? 25 : 38;
    const before = stream[place - 1] ?? null;
    stream.splice(place, 0, gapEvent({ ...OPEN, from: lsn(from) }, before));
    for (let cut = 0; cut <= stream.length; cut++) {
      const cursor = new RedeliveryFilter();
      const given = [...cursor.dropDelivered(stream.slice(0, cut))];
      given.push(...cursor.dropDelivered(stream));
      assertEquals(given, stream, `at ${place}, cut after ${cut}`);
    }
  }
});

Deno.test("RedeliveryFilter gives the gap before a connection, and another one at the same place", () => {
  const cursor = new RedeliveryFilter();
  const events = whole(10, 1);
  cursor.dropDelivered(events);
  const gap = gapEvent(CLOSED, null);
  assertEquals(cursor.dropDelivered([gap]), [gap]);
  // The next connection finds it again as long as nobody has acknowledged it.
  assertEquals(cursor.dropDelivered([gapEvent(CLOSED, null)]), []);
  assertEquals(cursor.dropDelivered(events), []);
  for (const other of [OPEN, { ...CLOSED, to: lsn(95) }]) {
    const event = gapEvent(other, null);
    assertEquals(cursor.dropDelivered([event]), [event]);
  }
});

Deno.test("RedeliveryFilter gives the end of what was rolled back between two connections", () => {
  const [begin, change, end] = whole(10, 1);
  // It comes again without its changes.
  const again = [begin!, { ...end!, index: 0 } as ReplicationEvent];
  const cursor = new RedeliveryFilter();
  cursor.dropDelivered([begin!, change!]);
  assertEquals(cursor.dropDelivered(again), again.slice(1));
  assertEquals(cursor.dropDelivered(again), []);
});

Deno.test("RedeliveryFilter gives what was prepared before its connections began, once, at any cut", () => {
  const prepared = whole(5, 2).map((event) => ({
    ...event,
    transaction: { ...event.transaction, gid: "a" },
  })) as ReplicationEvent[];
  const stream = [...whole(30, 1), ...prepared, ...whole(50, 1)];
  for (let cut = 0; cut <= stream.length; cut++) {
    for (let size = 1; size <= stream.length; size++) {
      const cursor = new RedeliveryFilter();
      cursor.resume(lsn(20));
      const given = [...cursor.dropDelivered(stream.slice(0, cut))];
      cursor.resume(lsn(20));
      for (let at = 0; at < stream.length; at += size) {
        given.push(...cursor.dropDelivered(stream.slice(at, at + size)));
      }
      assertEquals(given, stream);
    }
  }
});
