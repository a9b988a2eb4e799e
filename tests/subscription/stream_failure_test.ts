import { assert, assertEquals } from "@std/assert";
import { PostgresError, SubscriptionError } from "../../src/errors.ts";
import { type Lsn, parseLsn } from "../../src/lsn.ts";
import {
  type FailurePlace,
  serverCrashed,
  skipReason,
  streamFailed,
} from "../../src/subscription/stream_failure.ts";

const PLACE: FailurePlace = {
  slot: "search",
  position: parseLsn("16/B374D848") as Lsn,
  table: null,
  binary: false,
  plugin: "pgoutput",
};

const postgresError = (code: string, fields = {}) =>
  new PostgresError({
    ...{ severity: "ERROR", code, message: "division by zero" },
    ...fields,
  });

Deno.test("streamFailed() has the slot, the position, the server's words and the cause", () => {
  const where = 'slot "search", output plugin "pgoutput", in the change ' +
    "callback, associated LSN 16/B374D900";
  const cause = postgresError("22012", { where });
  const error = streamFailed(cause, 5, PLACE);
  assertEquals(error.reason, "streamFailed");
  assertEquals(error.cause, cause);
  assert(
    error.message.startsWith(
      'Cannot continue with replication slot "search" after 16/B374D848: the server has reported 5 times "division by zero" (SQLSTATE 22012; ' +
        `${where}); a row filter of a publication may fail`,
    ),
    error.message,
  );
  assert(!error.message.endsWith("."));
});

Deno.test("streamFailed() has the table, as the server or the stream names it", () => {
  const table = { schema: "shop", name: "orders" };
  const ofStream = streamFailed(postgresError("22P05"), 1, {
    ...PLACE,
    table,
  });
  assert(
    ofStream.message.includes(
      ', at table "shop"."orders": the server reports "',
    ),
  );
  const fields = { schema: "public", table: "items" };
  const ofServer = streamFailed(postgresError("22P05", fields), 1, {
    ...PLACE,
    table,
  });
  assert(ofServer.message.includes(', at table "public"."items": '));
});

const WAYS_OUT: readonly (readonly [string, Partial<FailurePlace>, string])[] =
  [
    ["22012", {}, "a row filter of a publication may fail"],
    ["22021", {}, "can't be converted to UTF-8"],
    ["22P05", {}, "can't be converted to UTF-8"],
    ["42883", { binary: true }, "pass binary: false"],
    ["42883", {}, 'gaps: "event"'],
    ["XX000", {}, "check the server's log; if its data"],
    ["57014", {}, "the walsender is being cancelled"],
    ["58P01", {}, "fix the cause, and subscribe again"],
    ["55000", {}, "fix the cause, and subscribe again"],
    ["55000", { plugin: "wal2json" }, "raise logical_decoding_work_mem"],
  ];

for (const [code, place, wayOut] of WAYS_OUT) {
  Deno.test(`streamFailed() knows a way out of ${code} ${JSON.stringify(place)}`, () => {
    const { message } = streamFailed(postgresError(code), 5, {
      ...PLACE,
      ...place,
    });
    assert(message.includes(wayOut), message);
  });
}

Deno.test("serverCrashed() says what to look at before anybody tries again", () => {
  const ofPgoutput = serverCrashed(new Error("cut"), PLACE);
  assertEquals(ofPgoutput.reason, "serverCrashed");
  assert(ofPgoutput.message.includes('slot "search" after 16/B374D848'));
  assert(ofPgoutput.message.includes("see the server's log"));
  assert(!ofPgoutput.message.includes("logical_decoding_work_mem"));
  const ofOther = serverCrashed(new Error("cut"), {
    ...PLACE,
    plugin: "test_decoding",
  });
  assert(ofOther.message.includes("raise logical_decoding_work_mem"));
});

Deno.test("skipReason() lets only what depends on the data be skipped", () => {
  const codes = ["22012", "22P05", "42883", "XX000", "XX001"];
  const others = ["57014", "58P01", "53100", "55000", "28P01", "42501"];
  const reasonOf = (code: string) =>
    skipReason(streamFailed(postgresError(code), 5, PLACE));
  assertEquals(codes.map(reasonOf), codes.map(() => "streamFailed" as const));
  assertEquals(others.map(reasonOf), others.map(() => null));
  const missing = new SubscriptionError("publicationMissing", "m");
  assertEquals(skipReason(missing), "publicationMissing");
  assertEquals(skipReason(new SubscriptionError("slotMissing", "m")), null);
  assertEquals(skipReason(serverCrashed(new Error("cut"), PLACE)), null);
  assertEquals(skipReason(postgresError("22012")), null);
});
