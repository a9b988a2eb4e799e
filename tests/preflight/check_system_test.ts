import { assertEquals, assertThrows } from "@std/assert";
import { parseLsn, ProtocolError, SubscriptionError } from "@walbrook/walbrook";
import { checkHistory, forkPoint } from "../../src/preflight/check_system.ts";

const HISTORY = "1\t0/3000148\tno recovery target specified\n\n" +
  "2\t1/A\tbefore 2000-01-01 00:00:00+00\n";

Deno.test("forkPoint() finds where a history has left a timeline", () => {
  assertEquals(forkPoint(HISTORY, 1), parseLsn("0/3000148"));
  assertEquals(forkPoint(HISTORY, 2), parseLsn("1/A"));
  assertEquals(forkPoint(HISTORY, 3), null);
  assertEquals(forkPoint("", 1), null);
  assertThrows(() => forkPoint("1\tx\n", 1), ProtocolError);
});

Deno.test("checkHistory() takes positions up to the fork", () => {
  checkHistory(parseLsn("0/A"), parseLsn("0/A"));
  for (const fork of [parseLsn("0/9"), null]) {
    const error = assertThrows(
      () => checkHistory(parseLsn("0/A"), fork),
      SubscriptionError,
    );
    assertEquals(error.reason, "otherTimeline");
  }
});
