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
  const deadline = setTimeout(told.reject, 60_000, new Error("Not told"));
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

/** A reporter whose positions the test moves, and what it has sent. */
function reporterFor(isAwaited: boolean) {
  const sent: string[] = [];
  const at = { received: toLsn(10n), confirmed: toLsn(10n) };
  const waiting: (() => void)[] = [];
  const reporter = new StatusReporter({
    send: ({ write, flush }) => {
      sent.push(`${write} ${flush}`);
      waiting.shift()?.();
      return Promise.resolve();
    },
    save: () => Promise.resolve(),
    positions: () => at,
    wantsReply: () => false,
    // Nothing comes by itself, and soon is an hour.
    intervals: { longest: 7_200_000, shortest: 3_600_000 },
    reportedFlush: toLsn(10n),
    isAwaited,
  });
  const next = () => new Promise<void>((resolve) => waiting.push(resolve));
  return { reporter, sent, at, next };
}

Deno.test("StatusReporter reports progress at once where commits wait for it", async () => {
  const { reporter, sent, at, next } = reporterFor(true);
  const first = next();
  reporter.start();
  await first;
  await turn();
  const second = next();
  at.confirmed = at.received = toLsn(20n);
  reporter.reportSoon();
  await second;
  await turn();
  // What has arrived is progress, too.
  const third = next();
  at.received = toLsn(30n);
  reporter.reportSoon();
  await third;
  await turn();
  // There is nothing new to say.
  reporter.reportSoon();
  await turn();
  reporter.stop();
  assertEquals(sent, ["10 10", "20 20", "30 20"]);
});

Deno.test("StatusReporter repeats a flush position that is held back where commits wait for it, but not to a server that shuts down", async () => {
  const { reporter, sent, at } = reporterFor(true);
  at.received = toLsn(30n);
  await reporter.flush();
  reporter.requestReply();
  // Once is no shutdown: a report may have been late.
  for (let asked = 0; asked < 3; asked++) {
    reporter.answerSoon();
    await reporter.flush();
  }
  await reporter.flush();
  reporter.stop();
  assertEquals(sent, ["30 10", "30 10", "30 10", "30 0", "30 0", "30 10"]);
});

Deno.test("StatusReporter tells no flush position that is held back where no commit waits", async () => {
  const { reporter, sent, at } = reporterFor(false);
  at.received = toLsn(30n);
  await reporter.flush();
  reporter.requestReply();
  reporter.stop();
  assertEquals(sent, ["30 0", "30 0"]);
});
