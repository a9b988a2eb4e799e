import { assertEquals, assertThrows } from "@std/assert";
import { ProtocolError, type ReplicationEvent } from "@walbrook/walbrook";
import type { PgoutputMessage } from "@walbrook/walbrook/pgoutput";
import { RedeliveryFilter } from "../../src/subscription/redelivery_filter.ts";
import { gather } from "./gather_events.ts";
import { newAssembler } from "./new_assembler.ts";
import { TransactionAssembler } from "../../src/subscription/views/transaction.ts";
import { acknowledgedBy } from "../../src/events/acknowledged_by.ts";
import { emitted, lsn, micros as time, origin } from "../helpers/messages.ts";

const beginPrepare = (at: number, gid = "g"): PgoutputMessage => ({
  kind: "beginPrepare",
  walStart: lsn(at),
  prepareLsn: lsn(at),
  endLsn: lsn(at + 8),
  prepareTime: time(at),
  xid: at,
  gid,
});
const prepare = (at: number, gid = "g"): PgoutputMessage => ({
  kind: "prepare",
  walStart: lsn(at + 8),
  flags: 0,
  prepareLsn: lsn(at),
  endLsn: lsn(at + 8),
  prepareTime: time(at),
  xid: at,
  gid,
});
const commitPrepared = (at: number, xid: number): PgoutputMessage => ({
  kind: "commitPrepared",
  walStart: lsn(at + 8),
  flags: 0,
  commitLsn: lsn(at),
  endLsn: lsn(at + 8),
  commitTime: time(at),
  xid,
  gid: "g",
});
const rollbackPrepared = (at: number, prepared: number): PgoutputMessage => ({
  kind: "rollbackPrepared",
  walStart: lsn(at + 8),
  flags: 0,
  prepareEndLsn: lsn(prepared + 8),
  rollbackEndLsn: lsn(at + 8),
  prepareTime: time(prepared),
  rollbackTime: time(at),
  xid: prepared,
  gid: "g",
});
const ORIGIN = origin("elsewhere");
const MESSAGE = emitted(9);

function assemble(messages: readonly PgoutputMessage[]): ReplicationEvent[] {
  const assembler = newAssembler();
  const events: ReplicationEvent[] = [];
  for (const message of messages) gather(assembler.push(message), events);
  return events;
}

Deno.test("MessageAssembler delivers a prepared transaction, and later what became of it", () => {
  const transaction = {
    xid: 10,
    commitLsn: lsn(10),
    commitTime: time(10),
    origin: "elsewhere",
    gid: "g",
  };
  const outcome = {
    ...{ table: null, transaction: null, index: 0 } as const,
    ...{ xid: 10, gid: "g" },
  };
  assertEquals(
    assemble([
      beginPrepare(10),
      ORIGIN,
      MESSAGE,
      prepare(10),
      commitPrepared(30, 10),
      rollbackPrepared(40, 10),
    ]),
    [
      { kind: "beginPrepare", table: null, transaction, index: 0 },
      {
        kind: "message",
        table: null,
        transaction,
        index: 0,
        prefix: "p",
        content: new Uint8Array(0),
        lsn: lsn(9),
      },
      { kind: "prepare", table: null, transaction, index: 1, endLsn: lsn(18) },
      {
        kind: "commitPrepared",
        ...outcome,
        commitLsn: lsn(30),
        endLsn: lsn(38),
        commitTime: time(30),
      },
      {
        kind: "rollbackPrepared",
        ...outcome,
        prepareEndLsn: lsn(18),
        endLsn: lsn(48),
        prepareTime: time(10),
        rollbackTime: time(40),
      },
    ],
  );
});

Deno.test("MessageAssembler delivers a prepared transaction without changes too", () => {
  const events = assemble([beginPrepare(10), prepare(10)]);
  assertEquals(events.map(({ kind }) => kind), ["beginPrepare", "prepare"]);
});

Deno.test("MessageAssembler refuses a Prepare for another transaction", () => {
  assertThrows(
    () => assemble([beginPrepare(10), MESSAGE, prepare(20)]),
    ProtocolError,
    "Cannot prepare at 0/14: the one that has begun commits at 0/A",
  );
});

// Its end lies where the next transaction's commit record begins.
const EVENTS = assemble([
  beginPrepare(10),
  MESSAGE,
  prepare(10),
  rollbackPrepared(20, 10),
  beginPrepare(28),
  MESSAGE,
  prepare(28),
  commitPrepared(40, 28),
]);

for (let given = 0; given <= EVENTS.length; given++) {
  Deno.test(`RedeliveryFilter goes on after ${given} events of prepared transactions, from any unit`, () => {
    for (const from of [0, 3, 4, 7]) {
      if (from > given) continue;
      const cursor = new RedeliveryFilter();
      const first = cursor.dropDelivered(EVENTS.slice(0, given));
      const rest = cursor.dropDelivered(EVENTS.slice(from));
      assertEquals([...first, ...rest], EVENTS, `from ${from}`);
    }
  });
}

Deno.test("acknowledgedBy() takes prepared transactions and outcomes for units", () => {
  assertEquals(EVENTS.map(acknowledgedBy), [
    null,
    null,
    lsn(18),
    lsn(28),
    null,
    null,
    lsn(36),
    lsn(48),
  ]);
});

Deno.test("TransactionAssembler gathers a prepared transaction, and gives outcomes alone", () => {
  const acknowledged: string[] = [];
  const assembler = new TransactionAssembler(
    { maxChanges: 10 },
    ({ kind }) => acknowledged.push(kind),
  );
  const whole = EVENTS.flatMap((event) => assembler.push(event) ?? []);
  for (const transaction of whole) transaction.acknowledge();
  assertEquals(
    whole.map(({ transaction: info, changes, endLsn }) => [
      info?.gid ?? null,
      changes.map(({ kind }) => kind),
      endLsn,
    ]),
    [
      ["g", ["message"], lsn(18)],
      [null, ["rollbackPrepared"], lsn(28)],
      ["g", ["message"], lsn(36)],
      [null, ["commitPrepared"], lsn(48)],
    ],
  );
  assertEquals(acknowledged, [
    "prepare",
    "rollbackPrepared",
    "prepare",
    "commitPrepared",
  ]);
});
