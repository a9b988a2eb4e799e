import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { GapEvent, ReplicationEvent } from "@walbrook/walbrook";
import { Subscription } from "../../../src/subscription/views/subscription.ts";
import { lsn } from "../../helpers/messages.ts";
import { messageAt, Script, transactionOf } from "./script.ts";

const FIRST = transactionOf(0x10, 2);
const SECOND = transactionOf(0x20, 1);
const THIRD = transactionOf(0x30, 0);
const ALL = [...FIRST, ...SECOND, ...THIRD];
// Torn as the network tears them.
const TORN = [ALL.slice(0, 2), ALL.slice(2, 8), ALL.slice(8)];
const NOTHING_MORE = { done: true, value: undefined } as const;

Deno.test("Subscription.readable hands its events to for await, and acknowledges when the next is asked for", async () => {
  const script = new Script(TORN);
  const got: ReplicationEvent[] = [];
  const seen: number[] = [];
  const { readable } = script.subscription();
  for await (const event of readable) {
    got.push(event);
    seen.push(script.done.length);
    // Time enough for whatever should not happen.
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(script.done.length, seen.at(-1));
    assert(readable.locked);
  }
  assertEquals(got, ALL);
  assertEquals(seen, [0, 0, 0, 0, 1, 1, 1, 2, 2]);
  assertEquals(script.done, ["0/11", "0/21", "0/31"]);
  assert(!readable.locked);
  assertEquals((await readable.getReader().read()).done, true);
});

Deno.test("Subscription.readable acknowledges nothing of what for await has left in the middle", async () => {
  for (let at = 0; at < ALL.length; at++) {
    const script = new Script(TORN);
    let count = 0;
    for await (const _event of script.subscription().readable) {
      if (count++ === at) break;
    }
    const done = ["0/11", "0/21"].slice(0, at < 4 ? 0 : at < 7 ? 1 : 2);
    assertEquals(script.done, done, `${at}`);
    assertEquals(script.closed, 1);
  }
});

Deno.test("Subscription.readable loses and repeats no event, whoever reads it in turns", async () => {
  for (let turns = 0; turns < 3 ** ALL.length; turns += 7) {
    const script = new Script(TORN);
    const { readable } = script.subscription();
    const got: unknown[] = [];
    const ways = turns.toString(3).padStart(ALL.length, "0");
    for (const way of ways) got.push(...await take(readable, Number(way)));
    assertEquals(got, ALL.slice(0, got.length), ways);
    for await (const event of readable) got.push(event);
    assertEquals(got, ALL, ways);
    assertEquals(script.done, ["0/11", "0/21", "0/31"]);
  }
});

// By a reader, or by an iterator, which asks for one event or for two at once.
async function take(
  readable: ReadableStream<ReplicationEvent>,
  way: number,
): Promise<ReplicationEvent[]> {
  if (way === 0) {
    const reader = readable.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    return value === undefined ? [] : [value];
  }
  const events = readable.values({ preventCancel: true });
  const answers = Array.from({ length: way }, () => events.next());
  const values = (await Promise.all(answers)).map(({ value }) => value);
  await events.return?.();
  assertEquals(await events.next(), NOTHING_MORE);
  return values.filter((value) => value !== undefined);
}

for (const count of [0, FIRST.length]) {
  for (const when of ["before", "after"]) {
    Deno.test(`Subscription.readable keeps the order where a read is given up behind ${count} events, and an iterator asks ${when} its answer`, async () => {
      const script = new Script([FIRST, SECOND]);
      const source = script.source();
      const arrived = Promise.withResolvers<void>();
      let answers = 0;
      const { readable } = new Subscription({
        ...source,
        next: async () => {
          const events = await source.next();
          if (answers++ * FIRST.length === count) arrived.resolve();
          return events;
        },
      });
      const before = readable.values({ preventCancel: true });
      for (let i = 0; i < count; i++) await before.next();
      await before.return?.();
      const reader = readable.getReader();
      const given = assertRejects(() => reader.read(), TypeError);
      // The first pull is made when the stream has started, and then loads what it needs.
      await Promise.resolve();
      reader.releaseLock();
      const events = readable.values();
      const got: ReplicationEvent[] = [];
      const first = when === "before" ? events.next() : null;
      await given;
      await arrived.promise;
      // Behind all that follows from the arrival.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (first !== null) got.push((await first).value);
      for await (const event of events) got.push(event);
      assertEquals(got, [...FIRST, ...SECOND].slice(count));
    });
  }
}

Deno.test("Subscription.readable answers an iterator that asks again before it was answered", async () => {
  const script = new Script(TORN);
  const opened = Promise.withResolvers<void>();
  script.gate = opened.promise;
  const events = script.subscription().readable.values();
  const answers = [...ALL, null, null].map(() => events.next());
  opened.resolve();
  const got = await Promise.all(answers);
  assertEquals(got.map(({ value }) => value), [...ALL, undefined, undefined]);
  assertEquals(await events.next(), NOTHING_MORE);
});

Deno.test("Subscription.readable keeps the order to an iterator that is always asked for two", async () => {
  const script = new Script([ALL, ALL, ALL]);
  const events = script.subscription().readable.values();
  const got: ReplicationEvent[] = [];
  let next = events.next();
  for (;;) {
    const afterNext = events.next();
    const { done, value } = await next;
    if (done) break;
    got.push(value);
    next = afterNext;
  }
  assertEquals(got, [...ALL, ...ALL, ...ALL]);
});

Deno.test("Subscription.readable ends a next() that waits when return() is called", async () => {
  const script = new Script([ALL]);
  script.gate = new Promise(() => {});
  const { readable } = script.subscription();
  const events = readable.values();
  const waiting = events.next();
  assertEquals(await events.return?.("why"), { done: true, value: "why" });
  assertEquals(await waiting, NOTHING_MORE);
  assertEquals(await events.next(), NOTHING_MORE);
  assertEquals([script.closed, readable.locked], [1, false]);
});

Deno.test("Subscription.readable answers a next() that waits though return() leaves the stream open", async () => {
  const script = new Script([ALL]);
  const opened = Promise.withResolvers<void>();
  script.gate = opened.promise;
  const { readable } = script.subscription();
  const events = readable.values({ preventCancel: true });
  const waiting = events.next();
  const returned = events.return?.();
  opened.resolve();
  assertEquals((await waiting).value, ALL[0]);
  await returned;
  assertEquals([script.closed, readable.locked], [0, false]);
  const rest: ReplicationEvent[] = [];
  for await (const event of readable) rest.push(event);
  assertEquals(rest, ALL.slice(1));
});

Deno.test("Subscription.readable is locked by its iterator, and passes on what has broken", async () => {
  const problem = new Error("The link broke");
  const script = new Script([FIRST, problem]);
  const { readable } = script.subscription();
  const events = readable[Symbol.asyncIterator]();
  assertThrows(() => readable.values(), TypeError);
  assertThrows(() => readable.getReader(), TypeError);
  for (const event of FIRST) assertEquals((await events.next()).value, event);
  assert(await assertRejects(() => events.next()) === problem);
  assertEquals(await events.next(), NOTHING_MORE);
  assert(!readable.locked);
  assert(await assertRejects(() => readable.getReader().read()) === problem);
});

Deno.test("Subscription.readable closes the subscription once where its iterator returns twice", async () => {
  const script = new Script([ALL]);
  const events = script.subscription().readable.values();
  await events.next();
  await events.return?.();
  // Not all declarations of the platform's types know of it.
  await (events as unknown as AsyncDisposable)[Symbol.asyncDispose]();
  assertEquals(script.closed, 1);
});

Deno.test("Subscription.readable takes null for no options, as every stream", async () => {
  const { readable } = new Script([ALL]).subscription();
  const events = readable.values(null as unknown as undefined);
  await events.next();
  await events.return?.();
  assert(!readable.locked);
});

Deno.test("Subscription acknowledges a gap and a message in manual mode when the event after them is asked for", async () => {
  const gap: GapEvent = {
    ...{ kind: "gap", reason: "slotMissing", message: "", transaction: null },
    ...{ table: null, index: 0, from: lsn(0x25), to: lsn(0x28) },
  };
  for (const way of ["reader", "iterator"] as const) {
    const script = new Script([[...SECOND, gap, messageAt(0x29), ...THIRD]]);
    const { readable } = script.subscription("manual");
    const reader = readable[way === "reader" ? "getReader" : "values"]();
    const next = () => "read" in reader ? reader.read() : reader.next();
    for (const _event of [...SECOND, gap]) {
      assertEquals(script.done, [], way);
      await next();
    }
    assertEquals(script.done, []);
    await next();
    assertEquals(script.done, ["0/28"]);
    for (const _event of THIRD) await next();
    assertEquals((await next()).done, true);
    assertEquals(script.done, ["0/28", "0/29"]);
  }
});
