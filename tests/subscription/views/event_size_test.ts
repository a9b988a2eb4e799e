import { assert } from "@std/assert";
import type { Lsn, Relation, ReplicationEvent, Row } from "@walbrook/walbrook";
import { eventSize } from "../../../src/subscription/views/event_size.ts";

const relation = {} as Relation;
const base = { transaction: null!, index: 0, relation, lsn: 0n as Lsn };

function insert(newRow: Row): ReplicationEvent {
  return { ...base, kind: "insert", table: "public.t", key: null, newRow };
}

Deno.test("eventSize() grows with what the values hold, however deep", () => {
  const large = "x".repeat(10_000);
  const bytes = new Uint8Array(10_000);
  const rows: Row[] = [
    { a: large },
    { a: bytes },
    { a: { b: [1n, { c: large }] } },
    { a: Array.from({ length: 10_000 }, (_, i) => i) },
  ];
  for (const newRow of rows) assert(eventSize(insert(newRow)) > 10_000);
  assert(eventSize(insert({ a: 1, b: null, c: Symbol("unchanged") })) < 500);
  const events: ReplicationEvent[] = [
    {
      ...base,
      kind: "update",
      table: "public.t",
      key: null,
      oldRow: { a: large },
      newRow: {},
    },
    {
      ...base,
      kind: "delete",
      table: "public.t",
      key: { a: large },
      oldRow: null,
    },
    { ...base, kind: "message", table: null, prefix: "p", content: bytes },
  ];
  for (const event of events) assert(eventSize(event) > 10_000, event.kind);
});
