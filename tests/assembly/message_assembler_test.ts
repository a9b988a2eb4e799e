import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  ProtocolError,
  type ReplicationEvent,
  UNCHANGED,
} from "@walbrook/walbrook";
import type { BadValue, OnBadValue } from "@walbrook/walbrook/subscription";
import type {
  PgoutputMessage,
  RelationMessage,
  ReplicaIdentity,
} from "@walbrook/walbrook/pgoutput";
import { TYPE_OID } from "@walbrook/walbrook/values";
import type { MessageAssembler } from "../../src/assembly/message_assembler.ts";
import { gather } from "./gather_events.ts";
import { newAssembler as assemblerWith } from "./new_assembler.ts";
import {
  begin as beginAt,
  column,
  commit,
  emitted as emittedAt,
  insert as insertOf,
  lsn,
  micros as time,
  origin,
  relation as relationOf,
} from "../helpers/messages.ts";

const OID = 16_400;

const begin = (xid: number, final: number) =>
  beginAt(final, { xid, commitTime: time(xid) });
const COLUMNS = [
  column("id", { typeOid: TYPE_OID.INT4, isKey: true }),
  column("big"),
];
const relation = (change: Partial<RelationMessage> = {}) =>
  relationOf({ oid: OID, columns: COLUMNS, ...change });
const insert = (id: string, at = 5) =>
  insertOf([id, "x"], { walStart: lsn(at), relationOid: OID });
const emitted = (transactional: boolean, content = new Uint8Array(0)) =>
  emittedAt(99, { transactional, content });

function newAssembler(
  onBadValue: OnBadValue = () => {},
): MessageAssembler {
  return assemblerWith({
    types: { mood: (text) => `mood ${text}` },
    onBadValue,
  });
}

function assemble(
  messages: readonly PgoutputMessage[],
  assembler: MessageAssembler = newAssembler(),
): ReplicationEvent[] {
  const events: ReplicationEvent[] = [];
  for (const message of messages) gather(assembler.push(message), events);
  return events;
}

/** The same where there is something to wait for: a table that has changed. */
async function assembleInTurn(
  messages: readonly PgoutputMessage[],
  assembler: MessageAssembler = newAssembler(),
): Promise<ReplicationEvent[]> {
  const events: ReplicationEvent[] = [];
  for (const message of messages) await gather(assembler.push(message), events);
  return events;
}

function kinds(events: readonly ReplicationEvent[]): string[] {
  return events.map(({ kind, index }) => `${kind} ${index}`);
}

Deno.test("MessageAssembler numbers the changes of a transaction, which share one object", () => {
  const events = assemble([
    begin(7, 100),
    relation(),
    insert("1", 90),
    insert("2", 40),
    commit(100),
  ]);
  const transaction = {
    xid: 7,
    commitLsn: lsn(100),
    commitTime: time(7),
    origin: null,
  };
  const described = {
    oid: OID,
    schema: "public",
    name: "t",
    replicaIdentity: "default" as const,
    primaryKey: ["id"],
    columns: COLUMNS,
  };
  const inserted = (index: number, id: number, at: number) => ({
    kind: "insert" as const,
    table: "public.t",
    transaction,
    index,
    relation: described,
    key: { id },
    newRow: { id, big: "x" },
    lsn: lsn(at),
  });
  assertEquals(events, [
    { kind: "begin", table: null, transaction, index: 0 },
    {
      kind: "relation",
      table: "public.t",
      transaction,
      index: 0,
      relation: described,
      previous: null,
      changes: [],
    },
    inserted(0, 1, 90),
    inserted(1, 2, 40),
    { kind: "commit", table: null, transaction, index: 2, endLsn: lsn(108) },
  ]);
  const [first] = events;
  assert(events.every((event) => event.transaction === first?.transaction));
});

Deno.test("MessageAssembler gives nothing of empty transactions, and counts anew after them", () => {
  const assembler = newAssembler();
  assertEquals(assemble([begin(1, 10), commit(10)], assembler), []);
  assertEquals(assembler.inTransaction, false);
  const empty = [begin(2, 20), origin("upstream"), commit(20)];
  assertEquals(assemble(empty, assembler), []);
  assertEquals(
    kinds(assemble(
      [begin(3, 30), relation(), insert("1"), commit(30)],
      assembler,
    )),
    ["begin 0", "relation 0", "insert 0", "commit 1"],
  );
});

Deno.test("MessageAssembler tells a transaction's origin, and forgets it with the transaction", () => {
  const events = assemble([
    begin(1, 10),
    origin("upstream"),
    relation(),
    commit(10),
    begin(2, 20),
    insert("1"),
    commit(20),
  ]);
  const origins = events.filter(({ kind }) => kind === "begin")
    .map(({ transaction }) => transaction?.origin);
  assertEquals(origins, ["upstream", null]);
});

Deno.test("MessageAssembler says that a table changed only where it did", async () => {
  const assembler = newAssembler();
  assemble([begin(1, 10), relation(), commit(10)], assembler);
  const same = [begin(2, 20), relation(), relation(), commit(20)];
  assertEquals(assemble(same, assembler), []);
  const changes: Partial<RelationMessage>[] = [
    { name: "u" },
    { name: "u", schema: "other" },
    { name: "u", schema: "other", replicaIdentity: "full" },
    { columns: [...COLUMNS, column("c")] },
    { columns: [COLUMNS[0]!, column("large")] },
    { columns: [COLUMNS[0]!, column("large", { typeModifier: 24 })] },
    { columns: [COLUMNS[0]!, column("large", { isKey: true })] },
    { columns: [COLUMNS[0]!, column("large", { typeOid: 1043 })] },
    { columns: [] },
  ];
  let previous = relation();
  for (const [i, change] of changes.entries()) {
    const next = relation(change);
    const at = 30 + 10 * i;
    const messages = [begin(3, at), next, commit(at)];
    const event = (await assembleInTurn(messages, assembler))[1];
    assert(event?.kind === "relation");
    assertEquals(event.relation.name, next.name);
    assertEquals(event.relation.columns, next.columns);
    assertEquals(event.previous?.name, previous.name);
    assertEquals(event.previous?.columns, previous.columns);
    previous = next;
  }
});

Deno.test("MessageAssembler gives a row the version of the table that it was written with", async () => {
  const events = await assembleInTurn([
    begin(1, 10),
    relation(),
    insert("1"),
    relation({ columns: [column("number"), column("big")] }),
    insert("2"),
    commit(10),
  ]);
  const rows = events.flatMap((event) =>
    event.kind === "insert"
      ? [[event.newRow, event.relation.columns[0]?.name]]
      : []
  );
  assertEquals(rows, [
    [{ id: 1, big: "x" }, "id"],
    [{ number: "2", big: "x" }, "number"],
  ]);
});

interface UpdateCase {
  readonly what: string;
  readonly identity: ReplicaIdentity;
  readonly keyTuple?: (string | null)[];
  readonly oldTuple?: (string | null)[];
  readonly key: unknown;
  readonly oldRow: unknown;
  readonly newRow: unknown;
}

const UPDATES: readonly UpdateCase[] = [
  {
    what: "the key unchanged",
    identity: "default",
    key: { id: 2 },
    oldRow: null,
    newRow: { id: 2, big: UNCHANGED },
  },
  {
    what: "the key changed, null standing for what is not part of it",
    identity: "default",
    keyTuple: ["1", null],
    key: { id: 1 },
    oldRow: null,
    newRow: { id: 2, big: UNCHANGED },
  },
  {
    what: "the value that did not change taken from the key",
    identity: "index",
    keyTuple: ["1", "key part"],
    key: { id: 1 },
    oldRow: null,
    newRow: { id: 2, big: "key part" },
  },
  {
    what: "the value that did not change taken from the old row",
    identity: "full",
    oldTuple: ["1", "old"],
    key: null,
    oldRow: { id: 1, big: "old" },
    newRow: { id: 2, big: "old" },
  },
];

for (const { what, identity, keyTuple, oldTuple, ...expected } of UPDATES) {
  Deno.test(`MessageAssembler updates a row: ${what}`, async () => {
    const events = await assembleInTurn([
      begin(1, 10),
      relation({ replicaIdentity: identity }),
      {
        kind: "update",
        walStart: lsn(5),
        relationOid: OID,
        keyTuple: keyTuple ?? null,
        oldTuple: oldTuple ?? null,
        newTuple: ["2", UNCHANGED],
      },
    ]);
    const event = events[2];
    assert(event?.kind === "update");
    const { key, oldRow, newRow } = event;
    assertEquals({ key, oldRow, newRow }, expected);
  });
}

Deno.test("MessageAssembler deletes by key or by whole row, and tells null from not sent", async () => {
  const remove = (
    keyTuple: (string | null)[] | null,
    oldTuple: (string | null)[] | null,
  ): PgoutputMessage => ({
    kind: "delete",
    walStart: lsn(5),
    relationOid: OID,
    keyTuple,
    oldTuple,
  });
  const byKey = assemble([begin(1, 9), relation(), remove(["1", null], null)]);
  assert(byKey[2]?.kind === "delete");
  assertEquals([byKey[2].key, byKey[2].oldRow], [{ id: 1 }, null]);
  const full = relation({ replicaIdentity: "full" });
  const byRow = await assembleInTurn(
    [begin(1, 9), full, remove(null, ["1", null])],
  );
  assert(byRow[2]?.kind === "delete");
  assertEquals([byRow[2].key, byRow[2].oldRow], [null, { id: 1, big: null }]);
});

Deno.test("MessageAssembler truncates several tables at once", () => {
  const events = assemble([
    begin(1, 10),
    relation(),
    relation({ oid: OID + 1, name: "u" }),
    {
      kind: "truncate",
      walStart: lsn(4),
      relationOids: [OID + 1, OID],
      cascade: true,
      restartIdentity: false,
    },
  ]);
  const event = events[3];
  assert(event?.kind === "truncate");
  assertEquals(event.relations.map(({ name }) => name), ["u", "t"]);
  assertEquals([event.cascade, event.restartIdentity, event.index], [
    true,
    false,
    0,
  ]);
});

Deno.test("MessageAssembler keeps a message outside of transactions out of the one around it", () => {
  const events = assemble([
    emitted(false),
    begin(1, 10),
    emitted(false),
    emitted(true),
    emitted(false),
    relation(),
    commit(10),
  ]);
  assertEquals(kinds(events), [
    "message 0",
    "message 0",
    "begin 0",
    "message 0",
    "message 0",
    "relation 1",
    "commit 1",
  ]);
  const outside = events.filter(({ transaction }) => transaction === null);
  assertEquals(outside.length, 3);
});

Deno.test("MessageAssembler gives a message its own bytes", () => {
  const content = Uint8Array.of(1, 2, 3);
  const [event] = assemble([emitted(false, content)]);
  content.fill(0);
  assert(event?.kind === "message");
  assertEquals(event.content, Uint8Array.of(1, 2, 3));
});

Deno.test("MessageAssembler reads values of a type by the name that the server told", async () => {
  const events = await assembleInTurn([
    begin(1, 10),
    {
      kind: "type",
      walStart: lsn(0),
      oid: 20_000,
      schema: "public",
      name: "mood",
    },
    relation({ columns: [column("m", { typeOid: 20_000 }), column("big")] }),
    insert("happy"),
  ]);
  assert(events[2]?.kind === "insert");
  assertEquals(events[2].newRow["m"], "mood happy");
});

Deno.test("MessageAssembler tells of a bad value and goes on", () => {
  const bad: BadValue[] = [];
  const assembler = newAssembler((value) => bad.push(value));
  const events = assemble([begin(1, 10), relation(), insert("x")], assembler);
  assert(events[2]?.kind === "insert");
  assertEquals(events[2].newRow, { id: "x", big: "x" });
  assertEquals(bad.length, 1);
  assertEquals(bad[0]?.column, "id");
});

const MISFITS: readonly [
  what: string,
  messages: readonly PgoutputMessage[],
  message: string,
][] = [
  [
    "a transaction within a transaction",
    [begin(1, 10), begin(2, 20)],
    "Cannot begin transaction 2: transaction 1 has not committed",
  ],
  [
    "a commit without begin",
    [commit(0xab)],
    "Cannot commit at 0/AB: no transaction has begun",
  ],
  [
    "a commit of another transaction",
    [begin(1, 10), commit(11)],
    "Cannot commit at 0/B: the one that has begun commits at 0/A",
  ],
  ["a second commit", [begin(1, 10), commit(10), commit(10)], "Cannot commit"],
  [
    "a transaction that commits before the last one",
    [begin(1, 0x20), commit(0x20), begin(2, 0x1f)],
    "Cannot begin transaction 2: it commits at 0/1F, before the end of the one that came before it at 0/28",
  ],
  [
    "a transaction that comes twice",
    [begin(1, 0x20), commit(0x20), begin(1, 0x20)],
    "Cannot begin transaction 1: it commits at 0/20, before the end",
  ],
  [
    "a commit that ends before it begins",
    [begin(1, 0x20), { ...commit(0x20), endLsn: lsn(0x1f) } as PgoutputMessage],
    "Cannot commit at 0/20: the record ends at 0/1F",
  ],
  [
    "a row with fewer values than columns",
    [
      begin(1, 10),
      relation(),
      { ...insert("1"), newTuple: ["1"] } as PgoutputMessage,
    ],
    "Cannot read a row of public.t: 1 values for 2 columns",
  ],
  [
    "a row with more values than columns",
    [begin(1, 10), relation(), {
      ...insert("1"),
      newTuple: ["1", null, null],
    } as PgoutputMessage],
    "Cannot read a row of public.t: 3 values for 2 columns",
  ],
  [
    "a key with fewer values than columns",
    [begin(1, 10), relation(), {
      ...{ kind: "delete", walStart: lsn(5), relationOid: OID },
      ...{ keyTuple: ["1"], oldTuple: null },
    }],
    "Cannot read a row of public.t: 1 values for 2 columns",
  ],
  [
    "a table outside of a transaction",
    [relation()],
    "no transaction has begun",
  ],
  [
    "a transactional message outside of a transaction",
    [emitted(true)],
    "Cannot place Message: no transaction has begun",
  ],
  [
    "a row of a table that was not described",
    [begin(1, 10), insert("1")],
    `Cannot read Insert: relation ${OID} has not been described`,
  ],
  [
    "a row after the transaction's end",
    [begin(1, 10), relation(), commit(10), insert("1")],
    "Cannot place Insert: no transaction has begun",
  ],
  [
    "the truncation of a table that was not described",
    [begin(1, 10), relation(), {
      kind: "truncate",
      walStart: lsn(0),
      relationOids: [OID, 5],
      cascade: false,
      restartIdentity: false,
    }],
    "Cannot read Truncate: relation 5 has not been described",
  ],
  [
    "a block of a transaction that has not ended",
    [{ kind: "streamStart", walStart: lsn(0), xid: 1, firstSegment: true }],
    "Cannot deliver streamStart",
  ],
];

for (const [what, messages, message] of MISFITS) {
  Deno.test(`MessageAssembler refuses ${what}`, () => {
    assertThrows(() => assemble(messages), ProtocolError, message);
  });
}
