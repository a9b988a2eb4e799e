import { assert, assertStringIncludes } from "@std/assert";
import { INVALID_LSN, PostgresError, toLsn } from "@walbrook/walbrook";
import { Ledger } from "../../src/subscription/link/ledger.ts";
import type { LinkEnding } from "../../src/subscription/link/link_ending.ts";
import {
  Reconnection,
  type ReconnectionOptions,
} from "../../src/subscription/reconnection.ts";

const START = toLsn(100n);
const DESCRIBED = { schema: "public", name: "t" } as LinkEnding["table"];

function failing(): PostgresError {
  return new PostgresError({
    ...{ severity: "ERROR", code: "22P05", message: "no equivalent" },
  });
}

function reconnection(): Reconnection {
  const plan = {
    slot: { name: "s" },
    plugin: null,
    pgoutput: { binary: false, streaming: false },
    continuePastGaps: false,
  } as unknown as ReconnectionOptions["plan"];
  return new Reconnection({
    ...{ plan, retry: {}, isTemporary: false },
    signal: new AbortController().signal,
    onStatus: () => {},
  });
}

/** A link that the server ended with an error, after some messages. */
function lost(messages: number, table: LinkEnding["table"]) {
  const ledger = new Ledger(INVALID_LSN);
  ledger.markReceived(toLsn(200n));
  const ending = {
    ...{ start: START, messages, table, lifetimeMs: 5 },
    ...{ isByServer: true, brokeOff: false },
  };
  return { ledger, ending, isCrashProne: false };
}

Deno.test("Reconnection names the table of a repeated error also where a link received more messages", () => {
  const tried = reconnection();
  tried.afterLoss(failing(), lost(7, DESCRIBED), true);
  // A table was altered meanwhile: the server describes it again, and the error counts anew.
  let ended: unknown = null;
  for (let messages = 8; ended === null; messages = 7) {
    try {
      tried.afterLoss(failing(), lost(messages, null), false);
    } catch (error) {
      ended = error;
    }
  }
  assert(ended instanceof Error);
  assertStringIncludes(ended.message, ', at table "public"."t": ');
});

Deno.test("Reconnection names no table once the consumer has received more", () => {
  const tried = reconnection();
  tried.afterLoss(failing(), lost(7, DESCRIBED), true);
  tried.afterLoss(failing(), lost(9, null), true);
  let ended: unknown = null;
  for (let losses = 0; ended === null && losses < 100; losses++) {
    try {
      tried.afterLoss(failing(), lost(9, null), false);
    } catch (error) {
      ended = error;
    }
  }
  assert(ended instanceof Error);
  assert(!ended.message.includes("at table"), ended.message);
});
