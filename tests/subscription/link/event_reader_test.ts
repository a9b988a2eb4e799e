import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ConnectionError,
  type Lsn,
  ProtocolError,
  type ReplicationEvent,
  SubscriptionError,
  type UnixMicros,
} from "@walbrook/walbrook";
import type { Gap } from "@walbrook/walbrook/subscription";
import type { PgoutputMessage } from "@walbrook/walbrook/pgoutput";
import type { CopyBothMessage } from "@walbrook/walbrook/replication";
import { newEventAssembler } from "../../assembly/new_assembler.ts";
import {
  EventReader,
  type EventReaderOptions,
} from "../../../src/subscription/link/event_reader.ts";
import { PgoutputChangeDecoder } from "../../../src/assembly/pgoutput_change_decoder.ts";
import { Ledger } from "../../../src/subscription/link/ledger.ts";
import { readerOf } from "../views/reader_of.ts";
import { ReadAhead } from "../../../src/subscription/link/read_ahead.ts";
import { encodePgoutputMessage } from "../../pgoutput/encode_pgoutput_message.ts";
import {
  begin as beginAt,
  commit as commitAt,
  emitted as emittedAt,
  keepalive,
  lsn,
  NEVER,
  notice,
  xLogData,
} from "../../helpers/messages.ts";

const received = (message: PgoutputMessage) =>
  xLogData(encodePgoutputMessage(message), message.walStart);
const begin = (final: number) => received(beginAt(final));
const commit = (final: number) => received(commitAt(final));
const emitted = (end: number, transactional: boolean) =>
  received(emittedAt(end, { transactional }));
/** A transaction with one event besides begin and commit. */
const whole = (final: number) => [
  begin(final),
  emitted(final - 1, true),
  commit(final),
];
function feedOf(
  batches: readonly (readonly CopyBothMessage[])[],
  until: Lsn | null = null,
  options: Partial<Pick<EventReaderOptions, "continuePastGaps" | "gap">> = {},
) {
  const told = { notices: 0, read: 0 };
  const ledger = new Ledger(lsn(1));
  const messages = new ReadableStream<readonly CopyBothMessage[]>({
    pull(controller) {
      const batch = batches[told.read++];
      if (batch === undefined) controller.close();
      else controller.enqueue(batch);
    },
  }, { highWaterMark: 0 });
  const feed = new EventReader({
    messages: new ReadAhead({ read: readerOf(messages), onArrival: () => {} }),
    decoder: new PgoutputChangeDecoder(
      newEventAssembler(),
    ),
    ledger,
    until,
    continuePastGaps: options.continuePastGaps ?? false,
    gap: options.gap ?? null,
    onNotice: () => told.notices++,
  });
  opened.push(feed);
  return { feed, ledger, told };
}

const opened: EventReader[] = [];

/** A test that leaves no feed in the middle of its reading. */
function test(name: string, run: () => Promise<void>): void {
  Deno.test(name, async () => {
    try {
      await run();
    } finally {
      for (const feed of opened.splice(0)) await feed.drain();
    }
  });
}

const kinds = (events: readonly ReplicationEvent[] | null) =>
  events?.map(({ kind }) => kind) ?? null;
const TRANSACTION = ["begin", "message", "commit"];

test("EventReader counts a transaction as unprocessed from its begin on", async () => {
  const { feed, ledger } = feedOf([
    [begin(10), emitted(9, true)],
    [commit(10)],
    [begin(20), commit(20), keepalive(30)],
    [emitted(40, false)],
  ]);
  assertEquals(ledger.oldestTime, null);
  await feed.next();
  assertEquals([ledger.pending, ledger.oldestTime], [0, NEVER]);
  await feed.next();
  assertEquals([ledger.pending, ledger.oldestTime], [1, NEVER]);
  ledger.acknowledge(lsn(18));
  assertEquals(ledger.oldestTime, null);
  // An empty transaction is none, and a message is as old as it was sent.
  await feed.next();
  assertEquals([ledger.pending, ledger.oldestTime], [1, NEVER]);
});

test("EventReader gives the events of a batch at once, and goes on only where there are none", async () => {
  const { feed, ledger } = feedOf([
    [keepalive(5)],
    [begin(10), commit(10)],
    [...whole(30), begin(50)],
    [emitted(49, true)],
  ]);
  assertEquals(kinds(await feed.next()), TRANSACTION);
  assertEquals([ledger.confirmed, ledger.received, ledger.pending], [
    lsn(18),
    lsn(50),
    1,
  ]);
  assertEquals(kinds(await feed.next()), ["begin", "message"]);
});

test("EventReader tells how late the server sends what it reads", async () => {
  const late = (
    [first, message, last] = whole(10),
  ) => [first!, message!, { ...last!, sendTime: 5_000_000n as UnixMicros }];
  const { feed } = feedOf([late(), [keepalive(20)], whole(30)]);
  assertEquals(feed.sendLagMs, 0);
  await feed.next();
  // By the server's clock: it committed at 0.
  assertEquals(feed.sendLagMs, 5_000);
  await feed.next();
  assertEquals(feed.sendLagMs, 0);
});

test("EventReader takes a keepalive for done only outside of transactions", async () => {
  const { feed, ledger } = feedOf([
    [keepalive(5)],
    [begin(20), keepalive(9), emitted(19, true), keepalive(19)],
    [commit(20), keepalive(40)],
  ]);
  await feed.next();
  assertEquals(ledger.confirmed, lsn(5));
  await feed.next();
  assertEquals([ledger.confirmed, ledger.received], [lsn(5), lsn(40)]);
  ledger.acknowledge(lsn(28));
  assertEquals(ledger.confirmed, lsn(40));
});

test("EventReader makes a message outside of transactions a unit of its own", async () => {
  const { feed, ledger } = feedOf([[emitted(10, false), emitted(20, false)]]);
  await feed.next();
  assertEquals([ledger.pending, ledger.received], [2, lsn(20)]);
  ledger.acknowledge(lsn(10));
  assertEquals(ledger.confirmed, lsn(10));
});

test("EventReader passes on every notice", async () => {
  const { feed, told } = feedOf([
    [keepalive(5), notice({}), keepalive(6), notice({})],
    whole(10),
  ]);
  await feed.next();
  assertEquals(told.notices, 2);
});

interface UntilCase {
  readonly what: string;
  readonly until: number;
  readonly batches: readonly (readonly CopyBothMessage[])[];
  /** What comes before the end. */
  readonly events: readonly string[];
}

const UNTIL: readonly UntilCase[] = [
  {
    what: "at once, by a keepalive",
    until: 20,
    batches: [[keepalive(20)]],
    events: [],
  },
  {
    what: "by a keepalive beyond it",
    until: 20,
    batches: [whole(10), [keepalive(19)], [keepalive(21)], whole(90)],
    events: TRANSACTION,
  },
  {
    what: "by the transaction that ends there",
    until: 18,
    batches: [[...whole(10), ...whole(30)]],
    events: TRANSACTION,
  },
  {
    what: "by the transaction that ends beyond it, but committed before",
    until: 11,
    batches: [[...whole(10), ...whole(30)]],
    events: TRANSACTION,
  },
  {
    what: "before the transaction that commits there",
    until: 30,
    batches: [[...whole(10), ...whole(30)]],
    events: TRANSACTION,
  },
  {
    what: "by an empty transaction",
    until: 38,
    batches: [[...whole(10), begin(30), commit(30)], whole(90)],
    events: TRANSACTION,
  },
  {
    what: "not by a keepalive within a transaction",
    until: 15,
    batches: [[begin(14), keepalive(20), emitted(13, true)], [commit(14)]],
    events: TRANSACTION,
  },
  {
    what: "by a message that ends there",
    until: 20,
    batches: [[emitted(20, false), emitted(40, false)]],
    events: ["message"],
  },
  {
    what: "before a message that stands beyond it",
    until: 20,
    batches: [[emitted(19, false)], [emitted(40, false)], [emitted(50, false)]],
    events: ["message"],
  },
];

for (const { what, until, batches, events } of UNTIL) {
  test(`EventReader ends ${what}`, async () => {
    const { feed } = feedOf(batches, lsn(until));
    const seen: string[] = [];
    for (let batch; (batch = await feed.next()) !== null;) {
      seen.push(...batch.map(({ kind }) => kind));
    }
    assertEquals(seen, events);
    assertEquals(await feed.next(), null);
  });
}

test("EventReader gives what came before the bytes that it can't read", async () => {
  const broken = xLogData(Uint8Array.of(0xff));
  const { feed } = feedOf([[...whole(10), broken, ...whole(30)]]);
  assertEquals(kinds(await feed.next()), TRANSACTION);
  for (const _again of [1, 2]) {
    await assertRejects(() => feed.next(), ProtocolError);
  }
});

test("EventReader refuses to go on where the server skips a publication", async () => {
  const skipped = notice({
    code: "55000",
    routine: "LoadPublications",
    message: 'skipped loading publication "p"',
  });
  const { feed, told } = feedOf([[...whole(10), skipped, ...whole(30)]]);
  assertEquals(kinds(await feed.next()), TRANSACTION);
  const error = await assertRejects(() => feed.next(), SubscriptionError);
  assertEquals(error.reason, "publicationMissing");
  assertEquals(told.notices, 1);
  const { feed: other } = feedOf([
    [notice({ code: "55000", routine: "Other" }), ...whole(10)],
  ]);
  assertEquals(kinds(await other.next()), TRANSACTION);
});

test("EventReader tells of a gap before all else, and waits for it to be acknowledged", async () => {
  const gap: Gap = {
    ...{ reason: "startPassed", message: "m" },
    from: lsn(1),
    to: lsn(5),
  };
  const { feed } = feedOf([whole(10)], lsn(3), { continuePastGaps: true, gap });
  const place = { table: null, transaction: null, index: 0 } as const;
  const event = { kind: "gap", ...place, ...gap } as const;
  assertEquals(await feed.next(), [event]);
  assertEquals(await feed.next(), null);
});

test("EventReader puts a gap where the server skips a publication, if it may go on", async () => {
  const skipped = notice({ code: "55000", routine: "LoadPublications" });
  const [first, second, third] = whole(30);
  const { feed, ledger } = feedOf(
    [
      [...whole(10), skipped, first!, second!],
      [skipped, third!],
    ],
    null,
    { continuePastGaps: true },
  );
  const events = await feed.next() ?? [];
  assertEquals(kinds(events), [...TRANSACTION, "gap", "begin", "message"]);
  const gap = events[3];
  assert(gap?.kind === "gap" && gap.to === null);
  assertEquals([gap.reason, gap.from, gap.transaction, gap.index], [
    "publicationMissing",
    lsn(18),
    null,
    0,
  ]);
  const inside = await feed.next() ?? [];
  assertEquals(kinds(inside), ["gap", "commit"]);
  assertEquals([inside[0]?.transaction?.commitLsn, inside[0]?.index], [
    lsn(30),
    1,
  ]);
  // What came before it is done; it itself is not, and holds what follows.
  ledger.acknowledge(lsn(18));
  ledger.acknowledge(lsn(38));
  assertEquals([ledger.confirmed, ledger.pending], [lsn(18), 3]);
  for (const end of [19, 31]) ledger.acknowledge(lsn(end));
  assertEquals([ledger.confirmed, ledger.pending], [lsn(38), 0]);
});

test("EventReader takes the end of the stream for an error", async () => {
  const { feed } = feedOf([]);
  await assertRejects(
    () => feed.next(),
    ConnectionError,
    "The server ended the replication stream",
  );
});

test("EventReader.drain() ends what waits, even where the link then breaks", async () => {
  for (const broken of [false, true]) {
    let end!: ReadableStreamDefaultController<readonly CopyBothMessage[]>;
    const messages = new ReadableStream<readonly CopyBothMessage[]>({
      start: (controller) => void (end = controller),
    }, { highWaterMark: 0 });
    const feed = new EventReader({
      messages: new ReadAhead({
        read: readerOf(messages),
        onArrival: () => {},
      }),
      decoder: new PgoutputChangeDecoder(
        newEventAssembler(),
      ),
      ledger: new Ledger(lsn(0)),
      until: null,
      continuePastGaps: false,
      onNotice: () => {},
    });
    const waiting = feed.next();
    const drained = feed.drain().catch(() => {});
    if (broken) end.error(new ConnectionError("gone"));
    else end.close();
    assertEquals(await waiting, null);
    await drained;
    assertEquals(await feed.next(), null);
  }
});

test("EventReader has decoded up to the last row of a batch, within a transaction too", async () => {
  const row = received({
    kind: "message",
    walStart: lsn(25),
    transactional: true,
    lsn: lsn(25),
    prefix: "p",
    content: new Uint8Array(0),
  });
  const { feed, ledger } = feedOf([[begin(30), row], [commit(30)]]);
  assertEquals(kinds(await feed.next()), ["begin", "message"]);
  assertEquals(ledger.seen, lsn(30));
  const { feed: other, ledger: otherLedger } = feedOf([
    [begin(20), row],
    [commit(30)],
  ]);
  await other.next();
  assertEquals(otherLedger.seen, lsn(25));
});
