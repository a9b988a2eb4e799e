import { assertEquals, assertRejects } from "@std/assert";
import { type Lsn, toLsn } from "@walbrook/walbrook";
import { oneByOne } from "../../src/preflight/checkpoint.ts";
import { StatusReporter } from "../../src/feedback/status_reporter.ts";

Deno.test("StatusReporter.flush() waits for the report that is under way", async () => {
  let confirmed = toLsn(10n);
  const done: string[] = [];
  const saving: (() => void)[] = [];
  const reporter = new StatusReporter({
    send: ({ flush }) => {
      done.push(`send ${flush}`);
      return Promise.resolve();
    },
    save: async (flush: Lsn) => {
      done.push(`save ${flush}`);
      await new Promise<void>((resolve) => saving.push(resolve));
      done.push(`saved ${flush}`);
    },
    positions: () => ({ received: toLsn(30n), confirmed }),
    wantsReply: () => false,
    intervals: { longest: 10_000, shortest: 50 },
    reportedFlush: toLsn(0n),
  });
  reporter.start();
  await turn();
  confirmed = toLsn(20n);
  reporter.stop();
  const flushed = reporter.flush();
  for (let i = 0; i < 2; i++) {
    await turn();
    saving.shift()?.();
  }
  await flushed;
  assertEquals(done, [
    ...["save 10", "saved 10", "send 10"],
    ...["save 20", "saved 20", "send 20"],
  ]);
});

Deno.test("StatusReporter reports what is received while a position is being saved", async () => {
  const sent: string[] = [];
  const saved = Promise.withResolvers<void>();
  const thrice = Promise.withResolvers<void>();
  const reporter = new StatusReporter({
    send: ({ write, flush }) => {
      sent.push(`${write} ${flush}`);
      if (sent.length === 3) thrice.resolve();
      return Promise.resolve();
    },
    save: () => saved.promise,
    positions: () => ({ received: toLsn(30n), confirmed: toLsn(10n) }),
    wantsReply: () => false,
    intervals: { longest: 2, shortest: 1 },
    reportedFlush: toLsn(0n),
  });
  reporter.start();
  await thrice.promise;
  reporter.stop();
  assertEquals(sent, ["30 0", "30 0", "30 0"]);
  saved.resolve();
  await turn();
  assertEquals(sent.at(-1), "30 10");
});

Deno.test("StatusReporter tells soon what was done while a position was being saved", async () => {
  const sent: string[] = [];
  const saving: (() => void)[] = [];
  const inBetween = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  let confirmed = toLsn(10n);
  const reporter = new StatusReporter({
    send: ({ flush }) => {
      sent.push(`${flush}`);
      if (flush === 0n) inBetween.resolve();
      return Promise.resolve();
    },
    save: async (flush) => {
      if (flush === 20n) told.resolve();
      await new Promise<void>((resolve) => saving.push(resolve));
    },
    positions: () => ({ received: toLsn(30n), confirmed }),
    wantsReply: () => false,
    intervals: { longest: 60_000, shortest: 1 },
    reportedFlush: toLsn(0n),
  });
  reporter.start();
  await turn();
  confirmed = toLsn(20n);
  reporter.reportSoon();
  await inBetween.promise;
  await turn();
  saving.shift()?.();
  const deadline = setTimeout(told.reject, 5_000, new Error("Not told"));
  await told.promise.finally(() => clearTimeout(deadline));
  reporter.stop();
  saving.shift()?.();
  await turn();
  assertEquals(sent, ["0", "10", "20"]);
});

Deno.test("oneByOne() keeps a store from two positions at a time", async () => {
  const done: string[] = [];
  const saving: PromiseWithResolvers<void>[] = [];
  const store = oneByOne({
    load: () => Promise.resolve(null),
    save: async ({ lsn }) => {
      done.push(`save ${lsn}`);
      const here = Promise.withResolvers<void>();
      saving.push(here);
      await here.promise;
      done.push(`saved ${lsn}`);
    },
  });
  const at = (lsn: bigint) => ({ lsn: toLsn(lsn), systemId: "", timeline: 1 });
  // One that fails, and that nobody waits for any more, too.
  const first = assertRejects(() => store.save(at(1n)), Error, "disk full");
  const second = store.save(at(2n));
  await turn();
  assertEquals(done, ["save 1"]);
  saving[0]?.reject(new Error("disk full"));
  await first;
  await turn();
  saving[1]?.resolve();
  await second;
  assertEquals(done, ["save 1", "save 2", "saved 2"]);
});

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
