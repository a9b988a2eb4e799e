import { assertEquals } from "@std/assert";
import type { ReplicationEvent } from "../../../src/events/event.ts";
import { Tally } from "../../../src/subscription/progress/tally.ts";

const event = (table: string | null, kind: string) =>
  ({ table, kind }) as ReplicationEvent;

Deno.test("Tally counts events by table and kind", () => {
  const tally = new Tally();
  tally.add([event(null, "begin"), event("public.a", "insert")]);
  tally.add([
    ...[event("public.a", "insert"), event("public.b", "update")],
    ...[event("public.a", "delete"), event(null, "commit")],
  ]);
  assertEquals(tally.events, [
    { table: null, kind: "begin", count: 1 },
    { table: null, kind: "commit", count: 1 },
    { table: "public.a", kind: "insert", count: 2 },
    { table: "public.a", kind: "delete", count: 1 },
    { table: "public.b", kind: "update", count: 1 },
  ]);
});

Deno.test("Tally tells 200 tables apart, and counts the others together", () => {
  const tally = new Tally();
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 210; n++) tally.add([event(`public.t${n}`, "insert")]);
  }
  const counts = tally.events;
  assertEquals(counts.length, 201);
  assertEquals(counts[0], { table: null, kind: "insert", count: 20 });
  assertEquals(counts[200], { table: "public.t199", kind: "insert", count: 2 });
});

Deno.test("Tally counts events in any order", () => {
  const tally = new Tally();
  const [a, b] = [event("public.a", "insert"), event("public.b", "insert")];
  const update = event("public.a", "update");
  for (let round = 0; round < 3; round++) tally.add([a, b, a, update, b, b]);
  tally.add([update, a, b, update]);
  assertEquals(tally.events.slice(-3), [
    { table: "public.a", kind: "insert", count: 7 },
    { table: "public.a", kind: "update", count: 5 },
    { table: "public.b", kind: "insert", count: 10 },
  ]);
});
