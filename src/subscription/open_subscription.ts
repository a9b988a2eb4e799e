import type { Lsn } from "../lsn.ts";
import { pgoutputOptions } from "../pgoutput/start_options.ts";
import { ReplicationConnection } from "../replication/replication_connection.ts";
import type { ReplicationStream } from "../replication/replication_stream.ts";
import { resolveConnection } from "../session/connection_options.ts";
import { openSession } from "../session/open_session.ts";
import type { Dial, Environment } from "../socket/socket.ts";
import { createValueParser } from "../values/value_parser.ts";
import { EventAssembler } from "./event_assembler.ts";
import { Feed } from "./feed.ts";
import { Ledger } from "./ledger.ts";
import { type Preflight, preflight } from "./preflight.ts";
import { type ReportIntervals, reportIntervals } from "./status_report.ts";
import { StatusReporter } from "./status_reporter.ts";
import {
  publicationNames,
  slotOptions,
  type SubscribeOptions,
} from "./subscribe_options.ts";
import { Subscription } from "./subscription.ts";

/** What a subscription takes from the runtime. */
export interface RuntimeBinding {
  /** Opens connections. */
  readonly dial: Dial;
  /** Variables and files. */
  readonly environment: Environment;
}

/** How long {@linkcode Subscription.close} waits for the server. */
const CLOSE_DEADLINE_MS = 2_000;
/** How often to ask an idle server whether it has reached `until`. */
const ASK_INTERVAL_MS = 100;

/**
 * Connects, checks the server's set-up, and starts the stream.
 *
 * @param options What to subscribe to.
 * @param runtime Where sockets and variables come from.
 */
export async function openSubscription(
  options: SubscribeOptions,
  runtime: RuntimeBinding,
): Promise<Subscription> {
  const plan = {
    slot: slotOptions(options.slot),
    publications: publicationNames(options.publication),
    startLsn: options.startLsn,
    signal: options.signal,
  };
  const assembler = new EventAssembler({
    parserFor: createValueParser({ types: options.types ?? {} }),
    onBadValue: options.onBadValue ?? ignore,
  });
  const settings = await resolveConnection(
    options.connection,
    runtime.environment,
  );
  const connection = new ReplicationConnection(
    await openSession({
      dial: runtime.dial,
      settings,
      replication: "database",
      signal: options.signal,
      onNotice: options.onNotice ?? ignore,
    }),
  );
  try {
    const found = await preflight(connection, plan);
    const stream = await connection.startReplication({
      kind: "logical",
      slot: plan.slot.name,
      start: found.start,
      pluginOptions: pgoutputOptions({
        protocolVersion: 1,
        publications: plan.publications,
        messages: options.messages ?? true,
      }),
      signal: options.signal,
    });
    return wire({ options, connection, stream, found, assembler });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

interface Parts {
  readonly options: SubscribeOptions;
  readonly connection: ReplicationConnection;
  readonly stream: ReplicationStream;
  readonly found: Preflight;
  readonly assembler: EventAssembler;
}

function wire(
  { options, connection, stream, found, assembler }: Parts,
): Subscription {
  const { signal } = options;
  const until = options.until === "now" ? found.walEnd : options.until ?? null;
  const ledger = new Ledger(found.start);
  const reporter = new StatusReporter({
    send: ({ write, flush }, replyRequested) =>
      stream.sendStatusUpdate({ write, flush, apply: flush, replyRequested }),
    positions: () => ledger,
    wantsReply: () => until !== null && feed.waiting,
    intervals: intervalsFor(found.walSenderTimeoutMs, until),
    reportedFlush: found.start,
  });
  const feed = new Feed({
    messages: stream.readable,
    assembler,
    ledger,
    until,
    onReplyRequested: () => reporter.hurry(),
    onNotice: options.onNotice ?? ignore,
  });
  let closing: Promise<void> | undefined;

  async function shutDown(): Promise<void> {
    signal?.removeEventListener("abort", close);
    reporter.stop();
    await within(CLOSE_DEADLINE_MS, async () => {
      await reporter.flush();
      await stream.stop();
      await feed.drain();
    });
    await connection.close();
  }

  function close(): Promise<void> {
    closing ??= shutDown();
    return closing;
  }

  async function next(): ReturnType<Feed["next"]> {
    try {
      const events = await feed.next();
      signal?.throwIfAborted();
      return events;
    } catch (error) {
      await close();
      signal?.throwIfAborted();
      throw error;
    }
  }

  signal?.addEventListener("abort", close);
  reporter.start();
  return new Subscription({
    next,
    acknowledge: (endLsn: Lsn) => {
      if (ledger.acknowledge(endLsn)) reporter.hurry();
    },
    close,
    positions: () => {
      const { received, confirmed, pending } = ledger;
      return { received, confirmed, pending };
    },
    mode: options.acknowledge ?? "consumed",
    parameters: connection.parameters,
    processId: connection.processId,
  });
}

function intervalsFor(
  walSenderTimeoutMs: number,
  until: Lsn | null,
): ReportIntervals {
  const intervals = reportIntervals(walSenderTimeoutMs);
  if (until === null) return intervals;
  return {
    ...intervals,
    longest: Math.min(intervals.longest, ASK_INTERVAL_MS),
  };
}

// Waits for the server to play along, but not for long, nor for a broken link.
async function within(
  milliseconds: number,
  work: () => Promise<void>,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([work().catch(() => {}), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function ignore(): void {}
