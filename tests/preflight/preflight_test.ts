import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionError, INVALID_LSN } from "@walbrook/walbrook";
import type { Session } from "../../src/session/session.ts";
import type { PreflightOptions } from "../../src/preflight/preflight_options.ts";
import { preflight } from "../../src/preflight/preflight.ts";

// A session whose answers have one row each.
function sessionOf(answer: (sql: string) => (string | null)[]): Session {
  const session = {
    parameters: new Map([["server_version", "18.0"]]),
    queryAll: (queries: readonly string[]) => {
      const rows = queries.map(answer);
      return Promise.resolve((place: number) => [{ rows: [rows[place]] }]);
    },
  };
  return session as unknown as Session;
}

// The answer of a server to a query that does not name the timeline.
function rowFor(sql: string): (string | null)[] {
  if (sql.includes("wal_level")) {
    return ["logical", "60000", "", "pg_catalog"];
  }
  if (sql.includes("pg_publication")) return ["p"];
  const slot = ["logical", "pgoutput", "d", "reserved", "f", "0/10", "d"];
  return [...slot, null, "f"];
}

// A standby that is promoted once its slot was looked at.
function promotedMeanwhile(): Session {
  let timeline = 1;
  return sessionOf((sql) => {
    if (sql === "IDENTIFY_SYSTEM") return ["7", `${timeline}`, "0/20", "d"];
    if (sql.includes("pg_replication_slots")) timeline = 2;
    return rowFor(sql);
  });
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
  let timeline = 1;
  const session = sessionOf((sql) =>
    sql === "IDENTIFY_SYSTEM"
      ? ["7", `${timeline++}`, "0/20", "d"]
      : rowFor(sql)
  );
  await assertRejects(
    () => preflight(session, OPTIONS),
    ConnectionError,
    "timeline changed",
  );
});
