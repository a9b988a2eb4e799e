import { assertEquals } from "@std/assert";
import { INVALID_LSN } from "@walbrook/walbrook";
import type { Session } from "../../src/session/session.ts";
import { preflight } from "../../src/preflight/preflight.ts";

// A standby that is promoted once its slot was looked at.
function promotedMeanwhile(): Session {
  let timeline = 1;
  const answers: readonly (readonly [RegExp, () => (string | null)[]])[] = [
    [/^IDENTIFY_SYSTEM/, () => ["7", `${timeline}`, "0/20", "d"]],
    [/wal_level/, () => ["logical", "60000"]],
    [/pg_publication/, () => ["p"]],
    [/pg_replication_slots/, () => {
      timeline = 2;
      const slot = ["logical", "pgoutput", "d", "reserved", "f", "0/10", "d"];
      return [...slot, null, "f"];
    }],
  ];
  const session = {
    parameters: new Map([["server_version", "18.0"]]),
    query: (sql: string) => {
      const answer = answers.find(([pattern]) => pattern.test(sql));
      return Promise.resolve([{ rows: [answer![1]()] }]);
    },
  };
  return session as unknown as Session;
}

Deno.test("preflight() does not take a standby that is promoted meanwhile for what it was", async () => {
  const { system } = await preflight(promotedMeanwhile(), {
    ...{
      slot: { name: "s" },
      plugin: "pgoutput",
      catalog: null,
      publications: ["p"],
    },
    ...{
      twoPhase: false,
      skip: null,
      continuePastGaps: false,
      signal: undefined,
    },
    ...{ startLsn: undefined, checkpoint: null, delivered: INVALID_LSN },
    acceptTimeline: false,
  });
  assertEquals(system.timeline, 2);
});
