import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type CommitEvent,
  type ReplicationEvent,
  type Subscription as SubscriptionType,
  toLsn,
} from "@walbrook/walbrook";
import { Subscription } from "../../../src/subscription/views/subscription.ts";
import { streamOf } from "../../../src/subscription/views/lazy_stream.ts";
import { lsn } from "../../helpers/messages.ts";
import { messageAt, Script, transactionOf } from "./script.ts";

const FIRST = transactionOf(0x10, 2);
const SECOND = transactionOf(0x20, 1);
// Torn as the network tears them.
const TORN = [FIRST.slice(0, 2), [...FIRST.slice(2), ...SECOND]];
const THIRD = transactionOf(0x30, 1);
const ALL = [...FIRST, ...SECOND];

Deno.test("Subscription acknowledges a transaction when the event after it is asked for", async () => {
  const script = new Script(TORN);
  const seen: [string, string[]][] = [];
  for await (const { kind } of script.subscription()) {
    seen.push([kind, [...script.done]]);
  }
  assertEquals(seen, [
    ["begin", []],
    ["insert", []],
    ["insert", []],
    ["commit", []],
    ["begin", ["0/11"]],
    ["insert", ["0/11"]],
    ["commit", ["0/11"]],
  ]);
  assertEquals(script.done, ["0/11", "0/21"]);
  assert(script.closed > 0);
});

Deno.test("Subscription acknowledges nothing of what the consumer left in the middle, or failed at", async () => {
  for (let at = 0; at < ALL.length; at++) {
    for (const how of ["break", "throw"]) {
      const script = new Script(TORN);
      let count = 0;
      try {
        for await (const _event of script.subscription()) {
          if (count++ < at) continue;
          if (how === "break") break;
          throw new Error("The consumer's own");
        }
      } catch (error) {
        assertEquals((error as Error).message, "The consumer's own");
      }
      assertEquals(script.done, at >= FIRST.length ? ["0/11"] : []);
      assert(script.closed > 0);
    }
  }
});

Deno.test("Subscription acknowledges messages outside of transactions, not those within", async () => {
  const script = new Script([[messageAt(5), messageAt(6, true), messageAt(7)]]);
  for await (const _event of script.subscription());
  assertEquals(script.done, ["0/5", "0/7"]);
});

Deno.test("Subscription counts a message as done when it is left, also where commits are acknowledged by hand", async () => {
  const messages = [messageAt(5), messageAt(6, true), messageAt(7)];
  for (const take of ["iterate", "readable", "batches"] as const) {
    const script = new Script([messages, FIRST]);
    const subscription = script.subscription("manual");
    const events: AsyncIterable<unknown> = take === "iterate"
      ? subscription
      : subscription[take];
    for await (const _event of events);
    assertEquals(script.done, ["0/5", "0/7"], take);
  }
});

Deno.test("Subscription hands out nothing after return()", async () => {
  const script = new Script([ALL]);
  const events = script.subscription()[Symbol.asyncIterator]();
  for (let i = 0; i < FIRST.length; i++) await events.next();
  assertEquals(await events.return?.(), { done: true, value: undefined });
  assertEquals(await events.next(), { done: true, value: undefined });
  assertEquals(script.done, []);
});

Deno.test("Subscription loses no event to a consumer that asks again before it was answered", async () => {
  const script = new Script([FIRST, SECOND]);
  const opened = Promise.withResolvers<void>();
  script.gate = opened.promise;
  const events = script.subscription()[Symbol.asyncIterator]();
  const answers = ALL.map(() => events.next());
  opened.resolve();
  const got = await Promise.all(answers);
  assertEquals(got.map(({ value }) => value), ALL);
  assertEquals(await events.next(), { done: true, value: undefined });
});

Deno.test("Subscription ends a next() that waits when return() is called", async () => {
  const script = new Script([ALL]);
  const opened = Promise.withResolvers<void>();
  script.gate = opened.promise;
  const events = script.subscription()[Symbol.asyncIterator]();
  const waiting = events.next();
  const returned = events.return?.();
  opened.resolve();
  assertEquals(await waiting, { done: true, value: undefined });
  assertEquals(await returned, { done: true, value: undefined });
});

Deno.test("Subscription.readable acknowledges a transaction when the first event after it is read", async () => {
  const script = new Script(TORN);
  const reader = script.subscription().readable.getReader();
  const seen: string[][] = [];
  const got: unknown[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    got.push(value);
    seen.push([...script.done]);
  }
  assertEquals(got, ALL);
  const first = FIRST.map(() => [] as string[]);
  assertEquals(seen, [...first, ...SECOND.map(() => ["0/11"])]);
  assertEquals(script.done, ["0/11", "0/21"]);
});

Deno.test("Subscription.batches acknowledges a batch when the next one is read", async () => {
  const script = new Script(TORN);
  const seen: string[][] = [];
  const got: unknown[] = [];
  for await (const batch of script.subscription().batches) {
    got.push(batch);
    seen.push([...script.done]);
  }
  assertEquals(got, TORN);
  assertEquals(seen, [[], []]);
  assertEquals(script.done, ["0/11", "0/21"]);
});

Deno.test("Subscription reads nothing ahead", async () => {
  for (const view of ["readable", "batches"] as const) {
    const script = new Script([FIRST, SECOND]);
    const source = script.subscription();
    const stream = source[view] as ReadableStream<unknown>;
    await Promise.resolve();
    const reader = stream.getReader();
    await reader.read();
    assertEquals(script.done, [], view);
    await reader.cancel();
    assertEquals(script.done, [], view);
    assert(script.closed > 0);
  }
});

Deno.test("Subscription acknowledges no transaction by itself in manual mode", async () => {
  for (const take of ["iterate", "readable", "batches"] as const) {
    const script = new Script([...TORN, [messageAt(0x30)]]);
    const subscription = new Subscription({
      ...script.source("manual"),
      acknowledgeMessages: true,
    });
    const events: AsyncIterable<unknown> = take === "iterate"
      ? subscription
      : subscription[take];
    for await (const _event of events);
    assertEquals(script.done, [], take);
  }
});

Deno.test("Subscription.acknowledge() takes what ends a unit, and nothing else", () => {
  const script = new Script([]);
  const subscription = script.subscription("manual");
  const [begin, insert, , commit] = FIRST;
  subscription.acknowledge(commit as CommitEvent);
  subscription.acknowledge(messageAt(0x77));
  assertEquals(script.done, ["0/11", "0/77"]);
  const wrong: readonly [unknown, string][] = [
    [begin, 'an event of kind "begin"'],
    [insert, 'an event of kind "insert"'],
    [messageAt(5, true), "a message within a transaction"],
    [undefined, "Cannot acknowledge"],
    [null, "Cannot acknowledge"],
    [{}, "Cannot acknowledge"],
    [toLsn(5n), "Cannot acknowledge"],
  ];
  for (const [event, message] of wrong) {
    assertThrows(
      () => subscription.acknowledge(event as CommitEvent),
      TypeError,
      message,
    );
  }
  assertThrows(
    () => script.subscription().acknowledge(commit as CommitEvent),
    TypeError,
    'subscribe with acknowledge: "manual"',
  );
  assertEquals(script.done.length, 2);
});

const VIEWS: Readonly<
  Record<string, (one: SubscriptionType) => AsyncIterable<unknown>>
> = {
  "for await": (one) => one,
  readable: (one) => one.readable,
  batches: (one) => one.batches,
  transactions: (one) => one.transactions(),
};

Deno.test("Subscription is read in one way, once", async () => {
  for (const [first, viewFirst] of Object.entries(VIEWS)) {
    for (const [second, viewSecond] of Object.entries(VIEWS)) {
      const script = new Script([ALL]);
      const subscription = script.subscription();
      const view = viewFirst(subscription);
      const other = viewSecond(subscription);
      if (first === second && ["readable", "batches"].includes(first)) {
        assert(other === view);
        continue;
      }
      const iterator = view[Symbol.asyncIterator]();
      assertEquals((await iterator.next()).done, false);
      await assertRejects(
        async () => await other[Symbol.asyncIterator]().next(),
        TypeError,
        `Cannot read the events as "${second}": they are already read as "${first}"`,
      );
      assertEquals(script.closed, 0);
      await iterator.return?.();
      assertEquals(script.closed, 1);
    }
  }
});

Deno.test("Subscription shows its views without taking them", async () => {
  const subscription = new Script([ALL]).subscription();
  const { readable, batches } = subscription;
  subscription.transactions();
  assertEquals([readable.locked, batches.locked], [false, false]);
  for await (const event of subscription) {
    assertEquals(event.kind, "begin");
    break;
  }
});

Deno.test("Subscription stays open when a view is cancelled that nobody reads", async () => {
  const script = new Script([ALL]);
  const subscription = script.subscription();
  const iterator = subscription[Symbol.asyncIterator]();
  await iterator.next();
  await assertRejects(() => subscription.readable.cancel(), TypeError);
  assertEquals(script.closed, 0);
});

const STREAMS: Readonly<
  Record<string, (one: SubscriptionType) => ReadableStream<unknown>>
> = {
  readable: (one) => one.readable,
  batches: (one) => one.batches,
  transactions: (one) => one.transactions(),
};

for (const [name, take] of Object.entries(STREAMS)) {
  Deno.test(`Subscription.${name} can be cancelled at once, and closes the subscription`, async () => {
    const script = new Script([ALL]);
    await take(script.subscription()).cancel();
    assertEquals(script.closed, 1);
    const other = new Script([ALL]);
    const reader = take(other.subscription()).getReader();
    const reading = reader.read();
    await reader.cancel();
    assertEquals(await reading, { done: true, value: undefined });
    assertEquals([other.closed, other.done], [1, []]);
  });

  Deno.test(`Subscription.${name} ends when the subscription is closed before it is read`, async () => {
    const script = new Script([ALL]);
    const subscription = script.subscription();
    const reader = take(subscription).getReader();
    const reading = reader.read();
    await subscription.close();
    assertEquals(await reading, { done: true, value: undefined });
  });

  Deno.test(`Subscription.${name} closes the subscription where a pipe's end fails`, async () => {
    const script = new Script([ALL, ALL]);
    const problem = new Error("The sink is full");
    const sink = new WritableStream({
      write() {
        throw problem;
      },
    });
    const error = await assertRejects(() =>
      take(script.subscription()).pipeTo(sink)
    );
    assert(error === problem);
    assertEquals(script.closed, 1);
  });

  Deno.test(`Subscription.${name} reads nothing before it is read`, async () => {
    let asked = 0;
    const source = new Script([ALL]).source();
    const subscription = new Subscription({
      ...source,
      next: () => {
        asked++;
        return source.next();
      },
    });
    const stream = take(subscription);
    // As long as it takes to load what makes the stream.
    await import("../../../src/subscription/views/pull_sources.ts");
    await Promise.resolve();
    assertEquals(asked, 0);
    assertEquals((await stream.getReader().read()).done, false);
    assertEquals(asked, 1);
  });
}

Deno.test("Subscription is closed where what makes a stream of events can't be loaded", async () => {
  const script = new Script([ALL]);
  const problem = new TypeError("No such module");
  const stream = streamOf(script.source(), () => {}, () => {
    throw problem;
  });
  const error = await assertRejects(() => stream.getReader().read());
  assert(error === problem);
  assertEquals(script.closed, 1);
});

Deno.test("Subscription passes an error on to whoever reads", async () => {
  const problem = new Error("The link broke");
  const ways: ((one: SubscriptionType) => AsyncIterable<unknown>)[] = [
    (one) => one,
    (one) => one.readable,
    (one) => one.batches,
  ];
  for (const take of ways) {
    const script = new Script([FIRST, problem]);
    const error = await assertRejects(async () => {
      for await (const _event of take(script.subscription()));
    });
    assert(error === problem);
  }
});

Deno.test("Subscription shows positions, parameters and process id of its source", async () => {
  const script = new Script([]);
  const subscription = script.subscription();
  assertEquals(subscription.progress, {
    received: lsn(1),
    confirmed: lsn(2),
    pending: 3,
    walEnd: lsn(6),
    walEndAgeMs: 7,
    lagBytes: 4n,
    lagMs: 5,
    reconnections: 8,
    lastError: null,
    lastEventAgeMs: 9,
  });
  assertEquals(subscription.counts.events, [
    { table: "public.t", kind: "insert", count: 1 },
  ]);
  assertEquals(subscription.processId, 7);
  assertEquals(subscription.status, { state: "streaming", processId: 7 });
  assertEquals(subscription.parameters.size, 0);
  await subscription.close();
  await subscription[Symbol.asyncDispose]();
  assertEquals(script.closed, 2);
});

Deno.test("Subscription drops what it has not handed out where the link is lost", async () => {
  const script = new Script([ALL, THIRD]);
  const events = script.subscription()[Symbol.asyncIterator]();
  for (let at = 0; at < 2; at++) await events.next();
  assertEquals(script.drop(), ALL.length - 2);
  assertEquals(script.drop(), 0);
  for (const event of THIRD) assertEquals((await events.next()).value, event);
  // None of what was dropped is done.
  assertEquals((await events.next()).done, true);
  assertEquals(script.done, ["0/31"]);
});

Deno.test("Subscription keeps what describes a table, and what is before it, where the link is lost", async () => {
  const [begin, insert] = transactionOf(0x10, 2);
  assert(insert?.kind === "insert");
  const described: ReplicationEvent = {
    ...{ kind: "relation", table: insert.table, relation: insert.relation },
    ...{ transaction: insert.transaction, index: 0 },
    ...{ previous: null, changes: [] },
  };
  const script = new Script([[begin!, described, insert, insert]]);
  const events = script.subscription()[Symbol.asyncIterator]();
  assertEquals((await events.next()).value, begin);
  assertEquals(script.drop(), 2);
  assertEquals((await events.next()).value, described);
  assertEquals((await events.next()).done, true);
});
