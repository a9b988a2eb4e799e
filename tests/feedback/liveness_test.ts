import { assertEquals } from "@std/assert";
import { judgeLink, livenessTimings } from "../../src/feedback/liveness.ts";

Deno.test("livenessTimings() derives its patience from wal_sender_timeout", () => {
  assertEquals(livenessTimings(3_000), { askAfter: 3_000, giveUpAfter: 6_000 });
  // A server without a timeout is silent for as long as it likes, but answers.
  assertEquals(livenessTimings(0), { askAfter: 60_000, giveUpAfter: 120_000 });
});

Deno.test("judgeLink() asks first and gives up later", () => {
  const timings = { askAfter: 10, giveUpAfter: 20 };
  const verdicts = [0, 9, 10, 19, 20, 1e9].map((waited) =>
    judgeLink(waited, timings)
  );
  assertEquals(verdicts, ["alive", "alive", "ask", "ask", "dead", "dead"]);
});
