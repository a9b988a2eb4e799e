import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Checkpoint,
  ConnectionError,
  PostgresError,
  type ReplicationEvent,
  SubscriptionError,
} from "@walbrook/walbrook";
import { type FakeServer, fakeServer } from "@walbrook/walbrook/testing";
import { PgoutputChangeDecoder } from "../../../src/assembly/pgoutput_change_decoder.ts";
import { resolveConnection } from "../../../src/connection/resolve_connection.ts";
import type {
  LinkPlan,
  LinkProgress,
} from "../../../src/subscription/link/link_plan.ts";
import { openLink } from "../../../src/subscription/link/open_link.ts";
import type { LinkParts } from "../../../src/subscription/link/link_parts.ts";
import { ReplicationLink } from "../../../src/subscription/link/replication_link.ts";
import { newEventAssembler } from "../../assembly/new_assembler.ts";
import { frame, lsn } from "../../helpers/messages.ts";
import {
  type InMemoryChannel,
  openInMemoryChannel,
} from "../../session/in_memory_channel.ts";
import { CopyBoth } from "../../../src/session/copy_both.ts";
import { FakeTime } from "@std/testing/time";
import { testInTime } from "../../helpers/test_in_time.ts";

// One link to a server in memory, from login to end. What many links make together is the
// Supervisor's, which has its own tests.

type Choices = Partial<LinkPlan> & Partial<LinkProgress>;

function shop(): FakeServer {
  const server = fakeServer({
    publication: "shop",
    tables: { orders: { columns: { id: "int" }, primaryKey: "id" } },
  });
  server.createSlot("s");
  return server;
}

async function open(
  server: FakeServer,
  choices: Choices = {},
): Promise<ReplicationLink> {
  const { connection, dial, environment } = server.options;
  const plan: LinkPlan = {
    dial,
    settings: await resolveConnection(connection, environment),
    slot: { name: "s" },
    pgoutput: {
      publications: ["shop"],
      ...{ messages: true, binary: false, origin: undefined },
      ...{ streaming: false, twoPhase: false, protocolVersion: undefined },
    },
    buffering: { memoryLimit: 0, openTemporaryFile: null },
    ...{ bufferTransactions: null, plugin: null, store: null, catalog: null },
    ...{ acceptTimeline: false, continuePastGaps: false },
    signal: new AbortController().signal,
    ...{ onNotice: () => {}, warn: () => {} },
    ...{ onLogin: () => {}, onConnect: () => {} },
    ...choices,
  };
  return await openLink(plan, {
    ...{ startLsn: undefined, checkpoint: null, skip: null, ledger: null },
    decoder: new PgoutputChangeDecoder(newEventAssembler()),
    ...{ copy: null, until: null },
    ...choices,
  });
}

/** Reads on, and takes what comes as processed, until a transaction ends. */
async function readTransaction(
  link: ReplicationLink,
): Promise<readonly ReplicationEvent[]> {
  const read: ReplicationEvent[] = [];
  for (;;) {
    const batch = await link.next();
    if (batch === null) return read;
    read.push(...batch);
    const last = read.at(-1);
    if (last?.kind === "commit") {
      link.ledger.acknowledge(last.endLsn);
      return read;
    }
  }
}

function kinds(events: readonly ReplicationEvent[]): readonly string[] {
  return events.map(({ kind }) => kind);
}

testInTime(
  "openLink() starts where the slot stands, on the walsender that it tells of",
  async () => {
    using server = shop();
    const start = server.walEnd;
    server.insert("orders", { id: 1 });
    const link = await open(server);
    assertEquals(link.start, start);
    assertEquals(link.between, start);
    assertEquals(link.checkpoint.lsn, start);
    assertEquals(link.checkpoint.systemId, link.system.systemId);
    assertEquals(link.parameters.get("server_version"), "18.0");
    assertEquals(server.connections, 1);
    assertEquals(server.slot("s")?.isActive, true);
    assertEquals(kinds(await readTransaction(link)), [
      ...["begin", "relation", "insert", "commit"],
    ]);
    assertEquals(link.between, server.walEnd);
    await link.close();
  },
);

testInTime(
  "ReplicationLink.close() reports what is processed, and leaves the server",
  async () => {
    using server = shop();
    const { endLsn } = server.insert("orders", { id: 1 });
    const link = await open(server);
    await readTransaction(link);
    await link.close();
    assertEquals(server.slot("s")?.confirmedFlushLsn, endLsn);
    assertEquals(server.slot("s")?.isActive, false);
    assertEquals(server.connections, 0);
    const { isByServer, brokeOff, messages, start } = link.ending;
    assertEquals({ isByServer, brokeOff, messages }, {
      ...{ isByServer: false, brokeOff: false, messages: 4 },
    });
    assertEquals(start, link.start);
  },
);

testInTime(
  "ReplicationLink.close() reports nothing that is not processed",
  async () => {
    using server = shop();
    const before = server.walEnd;
    server.insert("orders", { id: 1 });
    const link = await open(server);
    await link.next();
    await link.close();
    assertEquals(server.slot("s")?.confirmedFlushLsn, before);
  },
);

testInTime(
  "ReplicationLink.reportSoon() lets the server know while the stream runs",
  async () => {
    using server = shop();
    const { endLsn } = server.insert("orders", { id: 1 });
    const link = await open(server);
    await readTransaction(link);
    link.reportSoon();
    await server.confirmed("s", endLsn);
    await link.close();
  },
);

testInTime(
  "ReplicationLink.next() ends at `until`, be it between two transactions",
  async () => {
    using server = shop();
    server.insert("orders", { id: 1 });
    const link = await open(server, { until: "now" });
    assertEquals(link.until, server.walEnd);
    server.insert("orders", { id: 2 });
    assertEquals((await readTransaction(link)).length, 4);
    assertEquals(await link.next(), null);
    await link.close();
  },
);

testInTime(
  "ReplicationLink.next() delivers what has arrived before a connection breaks off",
  async () => {
    using server = shop();
    const link = await open(server);
    server.insert("orders", { id: 1 });
    const first = await link.next();
    server.disconnect();
    assertEquals(first?.length, 4);
    await assertRejects(() => link.next(), ConnectionError);
    await link.close();
    assertEquals(link.ending.brokeOff, true);
    assertEquals(link.ending.isByServer, true);
  },
);

testInTime(
  "ReplicationLink.next() fails with what the server says",
  async () => {
    using server = shop();
    const link = await open(server);
    server.dropSlot("s");
    const error = await assertRejects(() => link.next(), PostgresError);
    assertEquals(error.code, "57P01");
    await link.close();
    assertEquals(link.ending.brokeOff, false);
  },
);

/** A store that notes what it is given. */
function storeOf(save: (one: Checkpoint) => Promise<void> = async () => {}) {
  const saved: Checkpoint[] = [];
  return {
    saved,
    load: () => Promise.resolve(null),
    save: async (one: Checkpoint) => {
      await save(one);
      saved.push(one);
    },
  };
}

testInTime(
  "openLink() keeps the first position, and the link each one before it reports it",
  async () => {
    using server = shop();
    const store = storeOf();
    const link = await open(server, { store });
    assertEquals(store.saved, [link.checkpoint]);
    const { endLsn } = server.insert("orders", { id: 1 });
    await readTransaction(link);
    link.reportSoon();
    await server.confirmed("s", endLsn);
    assert(store.saved.some(({ lsn }) => lsn === endLsn));
    await link.close();
  },
);

testInTime(
  "ReplicationLink.next() fails where a position can't be kept, and reports nothing",
  async () => {
    using server = shop();
    const before = server.slot("s")?.confirmedFlushLsn;
    const full = new Error("The disk is full");
    let isFull = false;
    const store = storeOf(() =>
      isFull ? Promise.reject(full) : Promise.resolve()
    );
    const link = await open(server, { store });
    isFull = true;
    server.insert("orders", { id: 1 });
    await readTransaction(link);
    link.reportSoon();
    assertEquals(await assertRejects(() => link.next()), full);
    await link.close();
    assertEquals(server.slot("s")?.confirmedFlushLsn, before);
    assertEquals(store.saved.map(({ lsn }) => lsn), [before]);
  },
);

testInTime(
  "ReplicationLink.lost settles where a checkpoint is kept, and drops what is here",
  async () => {
    using server = shop();
    const link = await open(server, { store: storeOf() });
    server.insert("orders", { id: 1 });
    await readTransaction(link);
    server.disconnect();
    await link.lost;
    assertEquals(link.between, null);
    await assertRejects(() => link.next(), ConnectionError);
    await link.close();
  },
);

testInTime(
  "openLink() goes on at the checkpoint, if the server still has what follows it",
  async () => {
    using server = shop();
    const first = server.insert("orders", { id: 1 });
    const second = server.insert("orders", { id: 2 });
    const one = await open(server);
    const { system } = one;
    await one.close();
    const checkpoint = { lsn: first.endLsn, ...system };
    const link = await open(server, { checkpoint });
    assertEquals(link.start, first.endLsn);
    const [begin] = await readTransaction(link);
    assertEquals(begin?.transaction?.commitLsn, second.commitLsn);
    await link.close();
  },
);

testInTime(
  "openLink() finds a gap where the slot has moved past the checkpoint",
  async () => {
    using server = shop();
    const start = server.walEnd;
    const one = await open(server);
    const { system } = one;
    const { endLsn } = server.insert("orders", { id: 1 });
    await readTransaction(one);
    await one.close();
    const checkpoint = { lsn: start, ...system };
    const error = await assertRejects(
      () => open(server, { checkpoint }),
      SubscriptionError,
    );
    assertEquals(error.reason, "startPassed");
    const link = await open(server, { checkpoint, continuePastGaps: true });
    assertEquals(link.between, null);
    // The gap counts once the consumer has acknowledged it.
    assertEquals([link.ledger.pending, link.checkpoint.lsn], [1, start]);
    const [gap] = await link.next() ?? [];
    assert(gap?.kind === "gap");
    assertEquals([gap.from, gap.to], [start, endLsn]);
    assertEquals(link.between, endLsn);
    await link.close();
    assertEquals(server.connections, 0);
  },
);

testInTime("openLink() leaves no connection open where it fails", async () => {
  using server = shop();
  server.slotLost("s");
  const cases: [Choices, string][] = [
    [{}, "slotUnusable"],
    [{ slot: { name: "other" } }, "slotMissing"],
  ];
  for (const [choices, reason] of cases) {
    const error = await assertRejects(
      () => open(server, choices),
      SubscriptionError,
    );
    assertEquals(error.reason, reason);
  }
  assertEquals(server.connections, 0);
});

testInTime(
  "ReplicationLink.lost stays open where the stream has ended at `until`",
  async () => {
    using server = shop();
    server.insert("orders", { id: 1 });
    const link = await open(server, { store: storeOf(), until: "now" });
    let isLost = false;
    void link.lost.then(() => isLost = true);
    await readTransaction(link);
    assertEquals(await link.next(), null);
    server.disconnect();
    await link.close();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(isLost, false);
  },
);

/** Opens a link to a server that the test imitates byte by byte. */
function linkTo({ channel }: InMemoryChannel): ReplicationLink {
  const start = lsn(1);
  return new ReplicationLink({
    plan: {
      slot: { name: "s" },
      ...{ plugin: null, store: null, onNotice: () => {} },
    },
    progress: {
      decoder: new PgoutputChangeDecoder(newEventAssembler()),
      ...{ ledger: null, until: null, checkpoint: null, copy: null },
    },
    session: {
      parameters: new Map([["server_version", "18.0"]]),
      processId: 7,
      close: () => channel.close(),
    },
    found: {
      ...{ start, gap: null, walEnd: start, walSenderTimeoutMs: 60_000 },
      ...{ synchronous: null, binaryObstacle: null },
      system: { systemId: "1", timeline: 1 },
    },
    stream: new CopyBoth(channel, () => {}),
    ...{ activeServer: {}, isBinary: false },
  } as unknown as LinkParts);
}

for (const asksForReply of [true, false]) {
  testInTime(
    `ReplicationLink ${
      asksForReply ? "answers" : "does not answer"
    } a keepalive that ${
      asksForReply ? "asks" : "does not ask"
    } for a reply, whatever the consumer does`,
    async () => {
      using time = new FakeTime();
      const peer = openInMemoryChannel();
      const link = linkTo(peer);
      const keepalive = new Uint8Array(16);
      keepalive[7] = 9;
      const reply = Uint8Array.of(asksForReply ? 1 : 0);
      peer.send(frame("d", "k", keepalive, reply));
      const arrived = () => link.ledger.received === lsn(9);
      for (let turn = 0; turn < 100 && !arrived(); turn++) {
        await time.tickAsync(0);
      }
      assert(arrived());
      // This is before the monitor of the link, which asks for replies itself, begins to look.
      await time.tickAsync(200);
      // The first report is sent without a request.
      assertEquals(peer.sent(), asksForReply ? "dd" : "d");
      peer.end();
      const closing = link.close();
      await time.tickAsync(5_000);
      await closing;
    },
  );
}
