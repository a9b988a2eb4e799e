import { assert, assertEquals } from "@std/assert";
import {
  ConnectionError,
  PostgresError,
  type Relation,
  SubscriptionError,
  toLsn,
} from "@walbrook/walbrook";
import { createLog } from "../../src/log/mod.ts";

const SECRET = "4711-secret";
const SERVER_ERROR = new PostgresError({
  ...{ severity: "ERROR", code: "22P02" },
  message: `invalid input syntax for type integer: "${SECRET}"`,
  detail: `Key (id)=(${SECRET})`,
});

function logged(run: (log: ReturnType<typeof createLog>) => void) {
  const lines: string[] = [];
  run(createLog({ write: (line) => lines.push(line), fields: { slot: "s" } }));
  for (const line of lines) {
    assert(!line.includes("\n"));
    assert(!line.includes(SECRET), line);
  }
  return lines.map((line) => {
    const { time, slot, ...entry } = JSON.parse(line);
    assertEquals(new Date(time).toISOString(), time);
    assertEquals(slot, "s");
    return entry;
  });
}

Deno.test("createLog() writes a line for each change of state, and says when it reconnected", () => {
  const entries = logged(({ subscription: { onStatus } }) => {
    onStatus({ state: "connecting" });
    onStatus({ state: "streaming", processId: 1 });
    const error = new ConnectionError("The server closed the connection");
    onStatus({ state: "retrying", error, failures: 0, delayMs: 12.4 });
    onStatus({ state: "streaming", processId: 2 });
    onStatus({ state: "closed" });
  });
  const { downMs, ...reconnected } = entries.splice(3, 1)[0];
  assert(downMs >= 0);
  assertEquals(reconnected, {
    ...{ level: "info", event: "reconnected", processId: 2 },
  });
  assertEquals(entries, [
    { level: "info", event: "connecting" },
    { level: "info", event: "streaming", processId: 1 },
    {
      ...{ level: "warning", event: "retrying", failures: 0, delayMs: 12 },
      error: "ConnectionError",
      message: "The server closed the connection",
    },
    { level: "info", event: "closed" },
  ]);
});

Deno.test("createLog() never writes what the server or a destination quotes", () => {
  const failed = new SubscriptionError(
    "streamFailed",
    `the server reports "${SERVER_ERROR.message}"`,
    { cause: SERVER_ERROR },
  );
  const entries = logged(({ subscription, delivery }) => {
    for (const error of [SERVER_ERROR, failed, new Error(SECRET), SECRET]) {
      subscription.onStatus({
        ...{ state: "retrying", error, failures: 1, delayMs: 1 },
      });
    }
    subscription.onBadValue({
      relation: { schema: "public", name: "a" } as Relation,
      column: "b",
      error: new SyntaxError(SECRET),
    });
    for (const next of ["retry", "deadLetter", "stop"] as const) {
      delivery.onFailure({
        ...{ destination: "hook", deliveries: 2, id: "0/1-0", key: SECRET },
        ...{ attempts: 3, error: new RangeError(SECRET), next },
      });
    }
  });
  assertEquals(entries.map(({ event, error }) => [event, error]), [
    ["retrying", "22P02"],
    ["retrying", "SubscriptionError"],
    ["retrying", "Error"],
    ["retrying", "Error"],
    ["badValue", "SyntaxError"],
    ["writeFailed", "RangeError"],
    ["poison", "RangeError"],
    ["poison", "RangeError"],
  ]);
});

Deno.test("createLog() writes gaps, warnings and risks with their reasons", () => {
  const entries = logged(({ subscription, slotGuard }) => {
    subscription.onGap({
      ...{ reason: "slotMissing", message: "m", from: toLsn(16n), to: null },
    });
    subscription.onWarning({ code: "rowKeyUnknown", message: "m", hint: "h" });
    slotGuard.onSlotRisk({ reason: "missing", message: "gone", state: null });
  });
  assertEquals(entries, [
    {
      ...{ level: "error", event: "gap", reason: "slotMissing" },
      ...{ from: "0/10", to: null },
    },
    {
      ...{ level: "warning", event: "warning", code: "rowKeyUnknown" },
      ...{ message: "m", hint: "h" },
    },
    {
      ...{ level: "error", event: "slotRisk", reason: "missing" },
      ...{ message: "gone", lossInMs: null, retainedBytes: null },
    },
  ]);
});
