import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  LivenessMonitor,
  type LivenessMonitorOptions,
} from "../../src/feedback/liveness_monitor.ts";

interface Reading {
  silentMs: number | null;
  fullMs: number | null;
}

/** A monitor over a link whose reading the test decides, and what it did. */
function watch(
  reading: Reading,
  options: Partial<LivenessMonitorOptions> = {},
): { monitor: LivenessMonitor; did: string[] } {
  const did: string[] = [];
  const monitor = new LivenessMonitor({
    readAhead: reading,
    probe: { ask: () => void did.push("probe") },
    walSenderTimeoutMs: 8_000,
    onQuiet: () => void did.push("ask"),
    onDead: (reason) => void did.push(reason),
    ...options,
  });
  return { monitor, did };
}

Deno.test("LivenessMonitor asks a silent server, and leaves it after twice its timeout", () => {
  using time = new FakeTime();
  const reading: Reading = { silentMs: 7_999, fullMs: null };
  const { monitor, did } = watch(reading);
  time.tick(2_000);
  assertEquals([did, monitor.isQuiet], [[], false]);
  reading.silentMs = 8_000;
  assertEquals(monitor.isQuiet, true);
  time.tick(2_000);
  assertEquals(did, ["ask"]);
  reading.silentMs = 16_000;
  time.tick(2_000);
  assertEquals(did, [
    "ask",
    "The server has given no sign of life for 16 s, though it was asked: the link is dead",
  ]);
  monitor.stop();
});

Deno.test("LivenessMonitor probes for a shutdown once reading has paused for a second", () => {
  using time = new FakeTime();
  const reading: Reading = { silentMs: null, fullMs: 999 };
  const { monitor, did } = watch(reading);
  time.tick(2_000);
  assertEquals(did, []);
  reading.fullMs = 1_000;
  time.tick(2_000);
  assertEquals(did, ["probe"]);
  monitor.stop();
});

Deno.test("LivenessMonitor looks every 5 s where the server's timeout is long", () => {
  using time = new FakeTime();
  const { monitor, did } = watch(
    { silentMs: null, fullMs: 1_000 },
    { walSenderTimeoutMs: 3_600_000 },
  );
  time.tick(4_999);
  assertEquals(did, []);
  time.tick(1);
  assertEquals(did, ["probe"]);
  monitor.stop();
  time.tick(60_000);
  assertEquals(did, ["probe"]);
});
