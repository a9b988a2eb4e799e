import { assert, assertEquals, assertRejects } from "@std/assert";
import { MemoryFiles } from "../reassembly/memory_files.ts";
import {
  CheckpointConflictError,
  ConnectionError,
  PostgresError,
  ProtocolError,
  SubscriptionError,
  TemporaryFileError,
} from "../../src/errors.ts";
import type { Lsn } from "../../src/lsn.ts";
import { Ledger } from "../../src/subscription/link/ledger.ts";
import type {
  LinkPlan,
  LinkProgress,
} from "../../src/subscription/link/link_plan.ts";
import type {
  Link,
  SupervisorOptions,
} from "../../src/subscription/first_link.ts";
import { ProgressTracker } from "../../src/subscription/progress_tracker.ts";
import { Supervisor } from "../../src/subscription/supervisor.ts";
import type { SnapshotCoordinator } from "../../src/snapshot/coordinator.ts";
import { transactionOf } from "./views/script.ts";
import { lsn, postgresError } from "../helpers/messages.ts";
import { until } from "../helpers/until.ts";

const RETRY = { initialDelayMs: 0, maxDelayMs: 0 };

/** What one attempt to connect brings: an error, or a link with events and an end. */
type Attempt = Error | {
  /** Where each of its transactions commits. */
  readonly commits?: readonly number[];
  /** What it ends with, when it is closed by itself; `null` for `until` reached. */
  readonly end: Error | null | "never";
  readonly brokeOff?: boolean;
  /** Settles when it is lost, where a checkpoint is kept. */
  readonly lost?: Promise<void>;
};

/** Opens links one after the other, as the attempts say, and notes what is asked of them. */
function linksOf(attempts: readonly Attempt[]) {
  const log: string[] = [];
  const plans: LinkPlan[] = [];
  const progresses: LinkProgress[] = [];
  let count = 0;
  const openLink = (plan: LinkPlan, progress: LinkProgress): Promise<Link> => {
    const number = ++count;
    plans.push(plan);
    progresses.push(progress);
    const attempt = attempts[number - 1];
    if (attempt === undefined) {
      return Promise.reject(new Error("No link was to follow"));
    }
    if (attempt instanceof Error) {
      log.push(`fail ${number}`);
      return Promise.reject(attempt);
    }
    log.push(`open ${number}`);
    const ledger = progress.ledger ?? new Ledger(lsn(1));
    const batches = (attempt.commits ?? []).map((at) => transactionOf(at, 0));
    let isClosed = false;
    let wake = () => {};
    const closed = new Promise<void>((resolve) => wake = resolve);
    return Promise.resolve({
      ledger,
      start: ledger.confirmed,
      until: null,
      system: { systemId: "1", timeline: 1 },
      isCrashProne: false,
      parameters: new Map(),
      processId: number,
      get checkpoint() {
        return { lsn: ledger.confirmed, systemId: "1", timeline: 1 };
      },
      ending: {
        ...{ start: ledger.confirmed, messages: 0 },
        lifetimeMs: 100,
        isByServer: true,
        brokeOff: attempt.brokeOff ?? false,
        table: null,
      },
      hold: () => void log.push(`hold ${number}`),
      checkpointAfter: (unit) => ({
        lsn: typeof unit === "bigint" ? unit : unit.lsn,
        ...{ systemId: "1", timeline: 1 },
      }),
      lost: attempt.lost ?? new Promise<void>(() => {}),
      facts: {
        server: { lsn: ledger.received, at: 0 },
        unreadSince: null,
        isReading: false,
        downSince: null,
        receivedBytes: 0,
      },
      silentMs: null,
      sendLagMs: 0,
      leave: (reason) => void log.push(`leave ${number}: ${reason}`),
      requestReply: () => void log.push(`ask ${number}`),
      reportSoon: () => void log.push(`report ${number}`),
      observe: () => void log.push(`observe ${number}`),
      between: null,
      next: async () => {
        const batch = batches.shift();
        if (batch !== undefined) {
          const last = batch.at(-1);
          if (last?.kind === "commit") ledger.track(last.endLsn);
          return batch;
        }
        if (attempt.end === "never") await closed;
        if (attempt.end === null || isClosed) return null;
        if (attempt.end === "never") return null;
        throw attempt.end;
      },
      close: () => {
        if (!isClosed) log.push(`close ${number}`);
        isClosed = true;
        wake();
        return Promise.resolve();
      },
    });
  };
  return { openLink, log, plans, progresses };
}

const PLAN: Omit<LinkPlan, "signal"> = {
  dial: () => Promise.reject(new Error("Nothing is to be dialled")),
  settings: {} as LinkPlan["settings"],
  slot: { name: "s" },
  pgoutput: {
    ...{ publications: ["p"], messages: true, binary: false },
    ...{ origin: undefined, streaming: true, twoPhase: false },
    protocolVersion: undefined,
  },
  buffering: { memoryLimit: 0, openTemporaryFile: null },
  bufferTransactions: (source) => source,
  plugin: null,
  store: null,
  acceptTimeline: false,
  continuePastGaps: false,
  onNotice: () => {},
  warn: () => {},
  catalog: null,
  onLogin: () => {},
  onConnect: () => {},
};

function optionsOf(
  attempts: readonly Attempt[],
  options: Partial<SupervisorOptions> = {},
) {
  const states: string[] = [];
  const links = linksOf(attempts);
  const all: SupervisorOptions = {
    openLink: links.openLink,
    plan: PLAN,
    decoder: {
      inTransaction: false,
      resume: () => void links.log.push("resume"),
      push: () => null,
    },
    retry: RETRY,
    startLsn: undefined,
    until: null,
    signal: undefined,
    onGap: () => {},
    createCopy: () => Promise.reject(new Error("Nothing is to be copied")),
    tracker: new ProgressTracker(),
    onShutDown: () => Promise.resolve(),
    copiesAtStart: false,
    onStatus: (status) => {
      states.push(
        status.state === "retrying"
          ? `retrying ${status.failures}`
          : status.state,
      );
    },
    ...options,
  };
  return { ...links, states, options: all };
}

/** Reads to the end; gives where the transactions committed, and the error of the end. */
async function readAll(
  supervisor: Supervisor,
): Promise<{ commits: number[]; error: unknown }> {
  const commits: number[] = [];
  try {
    for (;;) {
      const events = await supervisor.next();
      if (events === null) return { commits, error: null };
      for (const event of events) {
        if (event.kind === "commit") commits.push(Number(event.endLsn) - 1);
      }
    }
  } catch (error) {
    return { commits, error };
  }
}

const cut = (fields: Partial<Exclude<Attempt, Error>> = {}): Attempt => ({
  end: new ConnectionError("cut"),
  ...fields,
});

Deno.test("Supervisor makes one stream of links that break, with nothing twice", async () => {
  const { options, log, states } = optionsOf([
    cut({ commits: [10, 20] }),
    cut({ commits: [10, 20, 30] }),
    new ConnectionError("refused"),
    { commits: [30, 40], end: null },
  ]);
  const supervisor = await Supervisor.open(options);
  const { commits, error } = await readAll(supervisor);
  await supervisor.close();
  assertEquals([commits, error], [[10, 20, 30, 40], null]);
  // Each link is closed before the next one is opened.
  assertEquals(log, [
    ...["open 1", "close 1", "resume", "open 2", "close 2"],
    ...["resume", "fail 3", "resume", "open 4", "close 4"],
  ]);
  assertEquals(states, [
    ...["connecting", "streaming"],
    ...["retrying 0", "connecting", "streaming"],
    ...["retrying 0", "connecting", "retrying 1", "connecting", "streaming"],
    "closed",
  ]);
});

Deno.test("Supervisor gives again what the consumer has dropped with a lost link", async () => {
  const lost = Promise.withResolvers<void>();
  const { options } = optionsOf([
    cut({ commits: [10, 20], lost: lost.promise }),
    { commits: [10, 20, 30], end: null },
  ]);
  const supervisor = await Supervisor.open(options);
  const dropped = Promise.withResolvers<void>();
  supervisor.onLoss(() => {
    dropped.resolve();
    return 1;
  });
  await supervisor.next();
  assertEquals((await supervisor.next())?.length, 2);
  // It has handed out the beginning of the second transaction, and not its commit.
  lost.resolve();
  await dropped.promise;
  const { commits, error } = await readAll(supervisor);
  await supervisor.close();
  assertEquals([commits, error], [[20, 30], null]);
});

Deno.test("Supervisor goes on from where the consumer is, on the account of the links before", async () => {
  const { options, progresses } = optionsOf([
    cut({ commits: [10, 20] }),
    { end: null },
  ], { startLsn: lsn(5), until: lsn(99) });
  const supervisor = await Supervisor.open(options);
  await supervisor.next();
  supervisor.acknowledge(lsn(11));
  await readAll(supervisor);
  await supervisor.close();
  const [first, second] = progresses;
  assertEquals([first?.startLsn, first?.ledger], [lsn(5), null]);
  assertEquals(second?.startLsn, undefined);
  assertEquals(second?.checkpoint?.lsn, lsn(11));
  assertEquals(second?.ledger?.pending, 1);
});

Deno.test("Supervisor counts links that break each time as attempts that fail", async () => {
  const { options, states } = optionsOf(
    [cut(), cut(), cut(), cut(), cut()],
    { retry: { ...RETRY, maxAttempts: 3 } },
  );
  const supervisor = await Supervisor.open(options);
  const { error } = await readAll(supervisor);
  assert(error instanceof ConnectionError);
  assertEquals(
    states.filter((state) => state.startsWith("retrying")),
    ["retrying 0", "retrying 1", "retrying 2"],
  );
  assertEquals(states.at(-1), "closed");
});

Deno.test("Supervisor does not count a link that was of use", async () => {
  const useful = [10, 20, 30, 40, 50, 60].map((at) => cut({ commits: [at] }));
  const { options } = optionsOf(
    [...useful, { commits: [70], end: null }],
    { retry: { ...RETRY, maxAttempts: 1 } },
  );
  const supervisor = await Supervisor.open(options);
  const { commits, error } = await readAll(supervisor);
  await supervisor.close();
  assertEquals([commits, error], [[10, 20, 30, 40, 50, 60, 70], null]);
});

const failing = (code: string): Attempt => ({ end: postgresError(code) });

Deno.test("Supervisor ends with slot, position and cause where an error comes five times", async () => {
  const { options, log } = optionsOf([
    { commits: [10], end: postgresError("57014") },
    ...Array.from({ length: 4 }, () => failing("57014")),
  ]);
  const supervisor = await Supervisor.open(options);
  const { commits, error } = await readAll(supervisor);
  assertEquals(commits, [10]);
  assert(error instanceof SubscriptionError);
  assertEquals(error.reason, "streamFailed");
  assert(error.cause instanceof PostgresError);
  assert(error.message.includes('slot "s" after 0/B'), error.message);
  assertEquals(log.filter((one) => one.startsWith("open")).length, 5);
});

Deno.test("Supervisor goes on where an error comes five times with progress in between", async () => {
  const { options } = optionsOf([
    ...[10, 20, 30, 40, 50, 60].map((at): Attempt => ({
      commits: [at],
      end: postgresError("57014"),
    })),
    { end: null },
  ]);
  const supervisor = await Supervisor.open(options);
  const { commits, error } = await readAll(supervisor);
  await supervisor.close();
  assertEquals([commits, error], [[10, 20, 30, 40, 50, 60], null]);
});

Deno.test("Supervisor skips what can't be sent only where gaps are wanted, and data is to blame", async () => {
  const skips: Record<string, unknown> = {};
  for (const code of ["22012", "42883", "XX000", "57014", "58030"]) {
    const { options, progresses } = optionsOf(
      [...Array.from({ length: 5 }, () => failing(code)), { end: null }],
      { plan: { ...PLAN, continuePastGaps: true } },
    );
    const supervisor = await Supervisor.open(options);
    await readAll(supervisor);
    await supervisor.close();
    skips[code] = progresses.map(({ skip }) => skip)[5];
  }
  assertEquals(skips, {
    "22012": "streamFailed",
    "42883": "streamFailed",
    XX000: "streamFailed",
    "57014": undefined,
    "58030": undefined,
  });
});

Deno.test("Supervisor ends where a login is refused five times, with that error", async () => {
  const { options } = optionsOf([
    cut({ commits: [10] }),
    ...Array.from({ length: 5 }, () => postgresError("28P01")),
  ]);
  const supervisor = await Supervisor.open(options);
  const { error } = await readAll(supervisor);
  assert(error instanceof PostgresError);
  assertEquals(error.code, "28P01");
});

Deno.test("Supervisor ends at once with what no other attempt can change", async () => {
  const finals: readonly Error[] = [
    new ProtocolError("broken"),
    new CheckpointConflictError("another process is further"),
    new SubscriptionError("slotMissing", "gone"),
    new RangeError("too much"),
  ];
  for (const final of finals) {
    for (const attempts of [[{ end: final }], [cut(), final]]) {
      const { options } = optionsOf(attempts);
      const supervisor = await Supervisor.open(options);
      const { error } = await readAll(supervisor);
      assertEquals(error, final);
      assertEquals(supervisor.status.state, "closed");
    }
  }
});

Deno.test("Supervisor leaves a server alone whose connections break off at once", async () => {
  const broken = { brokeOff: true };
  const { options, log } = optionsOf([
    cut(broken),
    postgresError("57P03"),
    cut(broken),
    postgresError("57P03"),
    cut(broken),
    postgresError("57P03"),
    cut(broken),
    postgresError("57P03"),
  ]);
  const supervisor = await Supervisor.open(options);
  const { error } = await readAll(supervisor);
  assert(error instanceof SubscriptionError);
  assertEquals(error.reason, "serverCrashed");
  assertEquals(log.filter((one) => one.startsWith("open")).length, 4);
});

Deno.test("Supervisor goes on without temporary files where they fail", async () => {
  const warnings: string[] = [];
  const { openTemporaryFile } = new MemoryFiles();
  const full = { end: new TemporaryFileError("full") };
  const plan = {
    ...PLAN,
    buffering: { memoryLimit: 0, openTemporaryFile },
    warn: ({ code }: { readonly code: string }) => void warnings.push(code),
  };
  for (const retry of [RETRY, null]) {
    const { options, plans } = optionsOf(
      [full, { commits: [10], end: null }],
      { plan, retry },
    );
    const supervisor = await Supervisor.open(options);
    const { commits, error } = await readAll(supervisor);
    await supervisor.close();
    assertEquals([commits, error], [[10], null]);
    assertEquals(plans.map(({ pgoutput }) => pgoutput.streaming), [
      true,
      false,
    ]);
    assertEquals(plans[1]?.bufferTransactions, null);
  }
  assertEquals(warnings, ["temporaryFileFailed", "temporaryFileFailed"]);
});

Deno.test("Supervisor does not reconnect with a temporary slot, nor with retry: false", async () => {
  const temporary = { ...PLAN, slot: { name: "s", temporary: true } };
  for (
    const changed of [{ retry: null }, { plan: temporary }] as const
  ) {
    const { options, log } = optionsOf([cut(), { end: null }], changed);
    const supervisor = await Supervisor.open(options);
    const { error } = await readAll(supervisor);
    assert(error instanceof ConnectionError);
    assertEquals(log, ["open 1", "close 1"]);
  }
});

interface First {
  readonly error: Error;
  readonly options: {
    readonly retry?: SupervisorOptions["retry"];
    readonly wait?: boolean;
  };
  readonly waits: boolean;
}

const first = { ...RETRY, first: true };
const FIRST: readonly First[] = [
  { error: new ConnectionError("refused"), options: {}, waits: false },
  {
    error: new ConnectionError("refused"),
    options: { retry: first },
    waits: true,
  },
  { error: postgresError("57P03"), options: { retry: first }, waits: true },
  { error: postgresError("55006"), options: { retry: first }, waits: false },
  { error: postgresError("55006"), options: {}, waits: false },
  { error: postgresError("55006"), options: { wait: true }, waits: true },
  {
    error: postgresError("55006"),
    options: { wait: true, retry: null },
    waits: true,
  },
  { error: postgresError("57P03"), options: { wait: true }, waits: false },
  {
    error: postgresError("55006"),
    options: { wait: true, retry: first },
    waits: true,
  },
  { error: postgresError("28P01"), options: { retry: first }, waits: false },
  {
    error: new SubscriptionError("slotMissing", "none"),
    options: { retry: first },
    waits: false,
  },
];

for (
  const { error, options: { wait = false, retry = RETRY }, waits } of FIRST
) {
  const name = error instanceof PostgresError ? error.code : error.name;
  Deno.test(`Supervisor.open() ${waits ? "waits" : "does not wait"} at ${name} with ${JSON.stringify({ wait, retry })}`, async () => {
    const { options, log } = optionsOf([error, error, { end: null }], {
      retry,
      plan: { ...PLAN, slot: { name: "s", wait } },
    });
    if (!waits) {
      const thrown = await Supervisor.open(options).catch((error) => error);
      assertEquals(thrown, error);
      assertEquals(log, ["fail 1"]);
      return;
    }
    const supervisor = await Supervisor.open(options);
    await supervisor.close();
    assertEquals(log, ["fail 1", "fail 2", "open 3", "close 3"]);
  });
}

Deno.test("Supervisor.close() ends what waits for events", async () => {
  const { options, log } = optionsOf([{ end: "never" }]);
  const supervisor = await Supervisor.open(options);
  const next = supervisor.next();
  await supervisor.close();
  assertEquals(await next, null);
  assertEquals(log, ["open 1", "close 1"]);
});

Deno.test("Supervisor.close() ends a pause between attempts", async () => {
  const { options, log, states } = optionsOf([cut(), { end: null }], {
    retry: { initialDelayMs: 2 ** 30, maxDelayMs: 2 ** 30 },
  });
  const paused = Promise.withResolvers<void>();
  const supervisor = await Supervisor.open({
    ...options,
    onStatus: (status) => {
      options.onStatus(status);
      if (status.state === "retrying") paused.resolve();
    },
  });
  const next = supervisor.next();
  await paused.promise;
  await supervisor.close();
  assertEquals(await next, null);
  assertEquals(log, ["open 1", "close 1"]);
  assertEquals(states.slice(-2), ["retrying 0", "closed"]);
});

Deno.test("Supervisor closes a link that is opened too late", async () => {
  const { options, log } = optionsOf([cut(), { end: "never" }]);
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let opened = 0;
  const supervisor = await Supervisor.open({
    ...options,
    openLink: async (plan, progress) => {
      if (++opened === 2) {
        asked.resolve();
        await gate.promise;
      }
      return await options.openLink(plan, progress);
    },
  });
  const next = supervisor.next();
  await asked.promise;
  await supervisor.close();
  gate.resolve();
  assertEquals(await next, null);
  assertEquals(log.slice(-2), ["open 2", "close 2"]);
});

Deno.test("Supervisor ends with the reason of the caller's signal", async () => {
  const controller = new AbortController();
  const { options } = optionsOf([{ end: "never" }], {
    signal: controller.signal,
  });
  const supervisor = await Supervisor.open(options);
  const next = assertRejects(() => supervisor.next(), Error, "Enough");
  controller.abort(new Error("Enough"));
  await next;
  assertEquals(supervisor.status.state, "closed");
});

Deno.test("Supervisor.finish() closes once everything is acknowledged", async () => {
  const closed = Promise.withResolvers<void>();
  const { options, log } = optionsOf([{ commits: [10], end: null }], {
    onShutDown: () => Promise.resolve(closed.resolve()),
  });
  const supervisor = await Supervisor.open(options);
  await readAll(supervisor);
  await supervisor.finish();
  assertEquals(supervisor.status.state, "streaming");
  supervisor.acknowledge(lsn(11));
  await closed.promise;
  await supervisor.close();
  assertEquals(log, ["open 1", "report 1", "close 1"]);
});

Deno.test("Supervisor.copy() asks an idle server for a reply, so that an earlier read returns", async () => {
  const { options, log } = optionsOf([{ end: "never" }], {
    createCopy: () =>
      Promise.resolve(
        {
          progress: { pending: 0 },
          calls: { expect: () => log.push("expect a call") },
        } as unknown as SnapshotCoordinator,
      ),
  });
  const supervisor = await Supervisor.open(options);
  await supervisor.copy();
  // Otherwise a stream that has come to its end could end before the copy is requested.
  const made = ["expect a call", "observe 1", "ask 1"];
  assertEquals(log, ["open 1", "hold 1", ...made]);
  await supervisor.copy();
  assertEquals(log.length, 5);
});

Deno.test("Supervisor.copy() reaches the link that is being opened when it is called", async () => {
  for (const isMadeFirst of [true, false]) {
    const opening = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    const made = Promise.withResolvers<void>();
    const { options, log } = optionsOf([cut({}), { end: "never" }], {
      createCopy: async () => {
        await made.promise;
        const close = () => Promise.resolve();
        return {
          close,
          progress: { pending: 0 },
          calls: { expect: () => {} },
        } as unknown as SnapshotCoordinator;
      },
    });
    const supervisor = await Supervisor.open({
      ...options,
      openLink: async (plan, progress) => {
        if (log.includes("open 1")) {
          opening.resolve();
          await open.promise;
        }
        return await options.openLink(plan, progress);
      },
    });
    const reading = supervisor.next();
    await opening.promise;
    const copying = supervisor.copy();
    if (isMadeFirst) {
      made.resolve();
      await copying;
    }
    open.resolve();
    await until(() => supervisor.status.state === "streaming");
    made.resolve();
    await copying;
    const ofNew = log.filter((entry) => entry.endsWith(" 2"));
    assertEquals(
      ofNew.filter((entry) => entry !== "ask 2"),
      isMadeFirst ? ["open 2", "observe 2"] : ["open 2", "hold 2", "observe 2"],
    );
    await supervisor.close();
    await reading;
  }
});

Deno.test("Supervisor opens the next link with the end and the confirmed position of the first one", async () => {
  const { options, progresses } = optionsOf(
    [cut({ commits: [10] }), { end: null }],
    { until: "now" },
  );
  let seen: Lsn | undefined;
  const supervisor = await Supervisor.open({
    ...options,
    openLink: async (plan, progress) => {
      seen = progress.ledger?.seen;
      const link = await options.openLink(plan, progress);
      // The part of the next transaction that was decoded comes again.
      link.ledger.markDecoded(lsn(40));
      return { ...link, until: lsn(50) };
    },
  });
  await readAll(supervisor);
  await supervisor.close();
  assertEquals(progresses.map(({ until }) => until), ["now", lsn(50)]);
  assertEquals(seen, lsn(1));
});

Deno.test("Supervisor.open() closes a link that is opened after the signal", async () => {
  const controller = new AbortController();
  const { options, log } = optionsOf([{ end: "never" }], {
    signal: controller.signal,
  });
  const opening = Supervisor.open({
    ...options,
    openLink: async (plan, progress) => {
      const link = await options.openLink(plan, progress);
      controller.abort(new Error("Enough"));
      return link;
    },
  });
  await assertRejects(() => opening, Error, "Enough");
  assertEquals(log, ["open 1", "close 1"]);
});
