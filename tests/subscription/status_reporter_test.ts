import { assertEquals } from "@std/assert";
import { type Lsn, toLsn } from "@walbrook/walbrook";
import { StatusReporter } from "../../src/subscription/status_reporter.ts";

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

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
