import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Lsn, toLsn, type TransactionInfo } from "@walbrook/walbrook";
import { version, type VersionedEvent } from "@walbrook/walbrook/encode";
import { insert, message, table, TRANSACTION } from "../examples/events.ts";

function at(commitLsn: bigint, index: number): VersionedEvent {
  const transaction: TransactionInfo = {
    ...TRANSACTION,
    commitLsn: toLsn(commitLsn),
  };
  return { ...insert({ id: 1 }), transaction, index };
}

function read(lsn: bigint, index: number, id: unknown = 1): VersionedEvent {
  return {
    kind: "read",
    table: "public.orders",
    key: { id },
    relation: table("public.orders", ["id*"]),
    newRow: { id },
    lsn: toLsn(lsn),
    index,
    run: 1,
    transaction: null,
  };
}

function messageAt(lsn: bigint): VersionedEvent {
  return { ...message("x", null), lsn: toLsn(lsn) } as VersionedEvent;
}

Deno.test("version() is two parts of fixed length", () => {
  assertEquals(version(at(0x16_b374d848n, 42)), "00000016b374d848-0000002a");
  assertEquals(
    version(at(2n ** 64n - 8n, 2 ** 32 - 1)),
    "fffffffffffffff8-ffffffff",
  );
});

Deno.test("version() has the index in eight digits, wherever it changes them", () => {
  const indexes = [0, 1, 15, 16, 255, 256, 257, 511, 512, 65_535, 65_536];
  for (const index of [...indexes, 2 ** 24 - 1, 2 ** 24, 3, 2 ** 31, 256]) {
    assertEquals(
      version(at(8n, index)).split("-")[1],
      index.toString(16).padStart(8, "0"),
    );
  }
});

Deno.test("version() with a source is unique among clusters", () => {
  assertEquals(
    version(at(8n, 0), { systemId: "7412061329485321", timeline: 2 }),
    "7412061329485321/2/0000000000000008-00000000",
  );
});

Deno.test("version() sorts as the events are delivered", () => {
  // A message, and a row that was copied, at the very position where the next
  // transaction's commit record begins.
  const inOrder = [
    at(0x100n, 0),
    at(0x100n, 1),
    at(0x100n, 10),
    messageAt(0x200n),
    read(0x200n, 0),
    read(0x200n, 1),
    at(0x200n, 0),
    at(0x200n, 1),
    messageAt(0x208n),
    at(0x208n, 0),
    at(0x1000n, 0),
  ].map((event) => version(event));
  assertEquals(inOrder.toSorted(), inOrder);
  assertEquals(
    inOrder.toSorted((a, b) => a.localeCompare(b, "en")),
    inOrder,
  );
  assertEquals(new Set(inOrder).size, inOrder.length);
});

Deno.test("version() sorts as commits and numbers do, whatever they are", () => {
  const place = fc.tuple(
    fc.bigInt({ min: 1n, max: 2n ** 61n - 1n }).map((n) => n * 8n),
    fc.nat({ max: 2 ** 31 - 1 }),
  );
  fc.assert(fc.property(place, place, ([a, i], [b, j]) => {
    const expected = a === b ? Math.sign(i - j) : a < b ? -1 : 1;
    const [x, y] = [version(at(a, i)), version(at(b, j))];
    assertEquals(x === y ? 0 : x < y ? -1 : 1, expected);
  }));
});

Deno.test("version() tells copied rows apart by their keys", () => {
  const texts = new Set<string>();
  for (let id = 0; id < 20_000; id++) texts.add(version(read(0x100n, 0, id)));
  assertEquals(texts.size, 20_000);
  assertEquals(version(read(0x100n, 0, 7)), version(read(0x100n, 0, 7)));
  const other: Lsn = toLsn(0x108n);
  assert(version(read(0x100n, 0)) !== version(read(other, 0)));
});
