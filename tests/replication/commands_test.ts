import { assertEquals, assertThrows } from "@std/assert";
import { INVALID_LSN, parseLsn } from "@walbrook/walbrook";
import {
  alterReplicationSlot,
  createReplicationSlot,
  type CreateSlotOptions,
  dropReplicationSlot,
  show,
  timelineHistory,
} from "../../src/replication/commands.ts";
import {
  startReplication,
  type StartReplicationOptions,
} from "../../src/replication/start_replication.ts";

const CREATE: readonly [options: CreateSlotOptions, command: string][] = [
  [{ kind: "logical" }, 'LOGICAL "pgoutput" NOEXPORT_SNAPSHOT'],
  [
    { kind: "logical", plugin: "test_decoding", snapshot: "export" },
    'LOGICAL "test_decoding" EXPORT_SNAPSHOT',
  ],
  [
    { kind: "logical", temporary: true, snapshot: "use" },
    'TEMPORARY LOGICAL "pgoutput" USE_SNAPSHOT',
  ],
  [
    { kind: "logical", twoPhase: false, failover: false },
    'LOGICAL "pgoutput" NOEXPORT_SNAPSHOT',
  ],
  [
    { kind: "logical", twoPhase: true },
    `LOGICAL "pgoutput" (SNAPSHOT 'nothing', TWO_PHASE)`,
  ],
  [
    { kind: "logical", failover: true, twoPhase: true, snapshot: "export" },
    `LOGICAL "pgoutput" (SNAPSHOT 'export', TWO_PHASE, FAILOVER)`,
  ],
  [{ kind: "physical" }, "PHYSICAL"],
  [
    { kind: "physical", temporary: true, reserveWal: true },
    "TEMPORARY PHYSICAL RESERVE_WAL",
  ],
];

for (const [options, command] of CREATE) {
  Deno.test(`createReplicationSlot() writes ${command}`, () => {
    assertEquals(
      createReplicationSlot("a slot", options),
      `CREATE_REPLICATION_SLOT "a slot" ${command}`,
    );
  });
}

const LSN = parseLsn("16/B374D848");

const START: readonly [options: StartReplicationOptions, command: string][] = [
  [{ kind: "logical", slot: "s" }, 'SLOT "s" LOGICAL 0/0'],
  [
    {
      kind: "logical",
      slot: "s",
      start: LSN,
      pluginOptions: { a: "1", "b c": "it's", d: "" },
    },
    `SLOT "s" LOGICAL 16/B374D848 ("a" '1', "b c" 'it''s', "d" '')`,
  ],
  [{ kind: "physical", start: LSN }, "PHYSICAL 16/B374D848"],
  [{ kind: "physical", start: INVALID_LSN }, "PHYSICAL 0/0"],
  [
    { kind: "physical", slot: "s", start: LSN, timeline: 4294967295 },
    'SLOT "s" PHYSICAL 16/B374D848 TIMELINE 4294967295',
  ],
];

for (const [options, command] of START) {
  Deno.test(`startReplication() writes ${command}`, () => {
    assertEquals(startReplication(options), `START_REPLICATION ${command}`);
  });
}

Deno.test("alterReplicationSlot() writes what is to change, and no more", () => {
  assertEquals(
    alterReplicationSlot("s", { failover: true }),
    'ALTER_REPLICATION_SLOT "s" (FAILOVER true)',
  );
  assertEquals(
    alterReplicationSlot("s", { failover: false, twoPhase: false }),
    'ALTER_REPLICATION_SLOT "s" (FAILOVER false, TWO_PHASE false)',
  );
  assertThrows(
    () => alterReplicationSlot("s", {}),
    TypeError,
    'Cannot alter replication slot "s": neither failover nor twoPhase is given',
  );
});

Deno.test("dropReplicationSlot() waits when asked to", () => {
  assertEquals(dropReplicationSlot("s", false), 'DROP_REPLICATION_SLOT "s"');
  assertEquals(
    dropReplicationSlot("s", true),
    'DROP_REPLICATION_SLOT "s" WAIT',
  );
});

Deno.test("timelineHistory() takes numbers that can be a timeline's", () => {
  assertEquals(timelineHistory(1), "TIMELINE_HISTORY 1");
  assertEquals(timelineHistory(2 ** 32 - 1), "TIMELINE_HISTORY 4294967295");
  for (const bad of [0, -1, 1.5, NaN, Infinity, 2 ** 32]) {
    assertThrows(
      () => timelineHistory(bad),
      RangeError,
      `Cannot use ${bad} as a timeline`,
    );
  }
});

Deno.test("show() takes the names of settings, and nothing else", () => {
  for (const name of ["wal_level", "TimeZone", "my_ext.setting$1", "_a._b"]) {
    assertEquals(show(name), `SHOW ${name}`);
  }
  const bad = ["", "1a", "a b", "a;b", "a.b.c", ".a", "a.", 'a"', "a'", "a\n"];
  for (const name of bad) {
    assertThrows(
      () => show(name),
      TypeError,
      "it is not the name of a setting",
    );
  }
});

Deno.test("commands refuse a slot's name that would end the quotes", () => {
  const name = '"; DROP_REPLICATION_SLOT "other';
  const commands = [
    () => createReplicationSlot(name, { kind: "logical" }),
    () => createReplicationSlot("s", { kind: "logical", plugin: name }),
    () => alterReplicationSlot(name, { failover: true }),
    () => dropReplicationSlot(name, true),
    () => startReplication({ kind: "logical", slot: name }),
    () => startReplication({ kind: "physical", slot: name, start: LSN }),
    () =>
      startReplication({
        kind: "logical",
        slot: "s",
        pluginOptions: { [name]: "1" },
      }),
  ];
  for (const command of commands) {
    assertThrows(command, TypeError, "Cannot use");
  }
});

Deno.test("no command names a slot that the server would shorten in silence", () => {
  const longest = "s".repeat(63);
  const start = { publication: "p", protocolVersion: 1 } as const;
  const commands: readonly ((slot: string) => string)[] = [
    (slot) => createReplicationSlot(slot, { kind: "logical" }),
    (slot) => createReplicationSlot(slot, { kind: "physical" }),
    (slot) => alterReplicationSlot(slot, { failover: true }),
    (slot) => dropReplicationSlot(slot, false),
    (slot) =>
      startReplication(
        { kind: "logical", slot, options: {}, ...start } as never,
      ),
  ];
  for (const command of commands) {
    assertEquals(command(longest).includes(longest), true);
    for (const slot of [`${longest}t`, "ü".repeat(32)]) {
      const error = assertThrows(() => command(slot), TypeError);
      assertEquals(error.message.includes("has 64 bytes"), true);
    }
  }
});
