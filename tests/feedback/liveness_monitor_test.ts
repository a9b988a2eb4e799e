import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  LivenessMonitor,
  type LivenessMonitorOptions,
  type WalsenderState,
} from "../../src/feedback/liveness_monitor.ts";

interface Reading {
  silentMs: number | null;
}

/** A monitor over a link whose reading the test decides, and what it did. */
function watch(
  reading: Reading,
  options: Partial<LivenessMonitorOptions> = {},
): { monitor: LivenessMonitor; did: string[] } {
  const did: string[] = [];
  const monitor = new LivenessMonitor({
    silentMs: () => reading.silentMs,
    walSenderTimeoutMs: 8_000,
    onQuiet: () => void did.push("ask"),
    onDead: (reason) => void did.push(reason),
    ...options,
  });
  return { monitor, did };
}

/** Lets a look take place, and what follows from it. */
async function look(time: FakeTime): Promise<void> {
  time.tick(2_000);
  for (let turn = 0; turn < 10; turn++) await null;
}

Deno.test("LivenessMonitor asks a silent server, and leaves it after twice its timeout", async () => {
  using time = new FakeTime();
  const reading: Reading = { silentMs: 7_999 };
  const { monitor, did } = watch(reading);
  await look(time);
  assertEquals([did, monitor.isQuiet], [[], false]);
  reading.silentMs = 8_000;
  assertEquals(monitor.isQuiet, true);
  await look(time);
  assertEquals(did, ["ask"]);
  reading.silentMs = 16_000;
  await look(time);
  assertEquals(did, [
    "ask",
    "The server has sent nothing for 16 s, although it was asked to reply: the link is dead",
  ]);
  await monitor.stop();
});

Deno.test("LivenessMonitor leaves a silent server to its work", async () => {
  using time = new FakeTime();
  const reading: Reading = { silentMs: 16_000 };
  const states: WalsenderState[] = [
    "working",
    "waiting",
    "working",
    "waiting",
    "waiting",
  ];
  const { monitor, did } = watch(reading, {
    walsenderState: () => Promise.resolve(states.shift()!),
  });
  // Once waiting is not enough: its answer may be under way.
  for (let looks = 0; looks < 4; looks++) await look(time);
  assertEquals(did, []);
  await look(time);
  assertEquals(did.length, 1);
  await monitor.stop();
});

Deno.test("LivenessMonitor believes a server that answers while it is asked about", async () => {
  using time = new FakeTime();
  const reading: Reading = { silentMs: 16_000 };
  const { monitor, did } = watch(reading, {
    walsenderState: () => {
      reading.silentMs = 0;
      return Promise.resolve("gone");
    },
  });
  await look(time);
  assertEquals(did, []);
  await monitor.stop();
});

Deno.test("LivenessMonitor forgets that a process was waiting once it has answered", async () => {
  using time = new FakeTime();
  const reading: Reading = { silentMs: 16_000 };
  const { monitor, did } = watch(reading, {
    walsenderState: () => Promise.resolve("waiting"),
  });
  await look(time);
  reading.silentMs = 0;
  await look(time);
  reading.silentMs = 16_000;
  await look(time);
  assertEquals(did, []);
  await look(time);
  assertEquals(did.length, 1);
  await monitor.stop();
});

Deno.test("LivenessMonitor leaves a server that can't be asked, one question at a time", async () => {
  using time = new FakeTime();
  const limits: number[] = [];
  const asked = Promise.withResolvers<WalsenderState>();
  const { monitor, did } = watch({ silentMs: 16_000 }, {
    walsenderState: ({ timeoutMs }) => {
      limits.push(timeoutMs);
      return asked.promise;
    },
  });
  for (let looks = 0; looks < 3; looks++) await look(time);
  assertEquals([limits, did], [[8_000], []]);
  asked.reject(new Error("Cannot connect"));
  for (let turn = 0; turn < 10; turn++) await null;
  assertEquals(did.length, 1);
  await monitor.stop();
});

Deno.test("LivenessMonitor looks every 5 s where the server's timeout is long", async () => {
  using time = new FakeTime();
  const { monitor, did } = watch(
    { silentMs: 3_600_000 },
    { walSenderTimeoutMs: 3_600_000 },
  );
  time.tick(4_999);
  assertEquals(did, []);
  time.tick(1);
  assertEquals(did, ["ask"]);
  await monitor.stop();
  time.tick(60_000);
  assertEquals(did, ["ask"]);
});

const SUSPENDED =
  "This process was suspended for 10 s, longer than wal_sender_timeout: the server has timed it out";

for (
  const [leavesAfterPause, pausedMs, expected] of [
    [true, 12_000, [SUSPENDED]],
    // The server's timeout is 8 s, and the next look was due after 2 s.
    [true, 9_000, []],
    [false, 12_000, []],
  ] as const
) {
  const verb = expected.length > 0 ? "leaves" : "keeps";
  Deno.test(`LivenessMonitor ${verb} a link after a pause of ${pausedMs} ms, leavesAfterPause: ${leavesAfterPause}`, async () => {
    using time = new FakeTime();
    const { monitor, did } = watch({ silentMs: 0 }, { leavesAfterPause });
    for (let looks = 0; looks < 3; looks++) await look(time);
    // The clock goes on, and the timers do not.
    const asleep = Date;
    const now = time.now + pausedMs;
    globalThis.Date = class extends Date {
      static override now = () => now;
    } as DateConstructor;
    await look(time);
    globalThis.Date = asleep;
    assertEquals(did, [...expected]);
    await monitor.stop();
  });
}
