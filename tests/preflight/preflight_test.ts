import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionError, INVALID_LSN } from "@walbrook/walbrook";
import type { Session } from "../../src/session/session.ts";
import type { PreflightOptions } from "../../src/preflight/preflight_options.ts";
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

const OPTIONS: PreflightOptions = {
  slot: { name: "s" },
  plugin: "pgoutput",
  publications: ["p"],
  binary: false,
  catalog: null,
  twoPhase: false,
  startLsn: undefined,
  checkpoint: null,
  delivered: INVALID_LSN,
  skip: null,
  acceptTimeline: false,
  continuePastGaps: false,
  signal: undefined,
  stopClock: (part) => part(),
};

Deno.test("preflight() does not take a standby that is promoted meanwhile for what it was", async () => {
  const { system } = await preflight(promotedMeanwhile(), OPTIONS);
  assertEquals(system.timeline, 2);
});

Deno.test("preflight() gives up on a server whose timeline changes at each question", async () => {
  const session = promotedMeanwhile();
  let timeline = 1;
  const { query } = session;
  session.query = (sql, options) =>
    sql.startsWith("IDENTIFY_SYSTEM")
      ? Promise.resolve([{
        ...{ fields: [], tag: "" },
        rows: [["7", `${timeline++}`, "0/20", "d"]],
      }])
      : query.call(session, sql, options);
  await assertRejects(
    () => preflight(session, OPTIONS),
    ConnectionError,
    "timeline changed",
  );
});
